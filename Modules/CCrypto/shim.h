#pragma once
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

// The names in parameters must outlive the call that makes them, which text passed from Swift does not.
static inline int keyfold_hmac_sha256_init(EVP_MAC_CTX *context, const unsigned char *key, size_t count) {
  OSSL_PARAM parameters[] = {
    OSSL_PARAM_construct_utf8_string("digest", (char *)"SHA256", 0), OSSL_PARAM_construct_end()
  };
  return EVP_MAC_init(context, key, count, parameters);
}

// A public key of its parts, which are freed; NULL where libcrypto will not have it.
static inline EVP_PKEY *keyfold_public_key(const char *type, OSSL_PARAM_BLD *parts) {
  OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(parts);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
  EVP_PKEY *key = NULL;
  if (parameters != NULL && context != NULL && EVP_PKEY_fromdata_init(context) == 1)
    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(parts);
  return key;
}

// An RSA key; both numbers with the most significant byte first.
static inline EVP_PKEY *keyfold_rsa_public_key(
  const unsigned char *modulus, int modulus_count, const unsigned char *exponent, int exponent_count
) {
  BIGNUM *n = BN_bin2bn(modulus, modulus_count, NULL), *e = BN_bin2bn(exponent, exponent_count, NULL);
  OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
  EVP_PKEY *key = NULL;
  if (OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_N, n) == 1
      && OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_E, e) == 1)
    key = keyfold_public_key("RSA", parts);
  else
    OSSL_PARAM_BLD_free(parts);
  BN_free(n);
  BN_free(e);
  return key;
}

// A key on NIST's curve of 256 or 384 bits, of an uncompressed point.
static inline EVP_PKEY *keyfold_ec_public_key(int bits, const unsigned char *point, size_t count) {
  OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
  const char *group = bits == 256 ? "prime256v1" : "secp384r1";
  if (OSSL_PARAM_BLD_push_utf8_string(parts, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) == 1
      && OSSL_PARAM_BLD_push_octet_string(parts, OSSL_PKEY_PARAM_PUB_KEY, point, count) == 1)
    return keyfold_public_key("EC", parts);
  OSSL_PARAM_BLD_free(parts);
  return NULL;
}
