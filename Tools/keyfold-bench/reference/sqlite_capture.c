// The yardstick of `keyfold-bench sqlite`: plain C that takes the same NDJSON and leaves the same rows.
//
//   sqlite_capture DATABASE INPUT ATTRIBUTE:LIMIT,... TID-SEED
//
// It opens a store that keyfold made, and does for each capture the point look-ups, inserts, updates and
// journal append of `keyfold capture --tid-seed`, with the same statements, pragmas and transactions (a
// mebibyte of input each), and prints the same outcome line after each commit.
//
// What it does not do, and Keyfold does: refuse anything (it trusts that the input is valid JSON in UTF-8
// whose only escapes are \" and \\, keys normalised, no name twice, nothing too long); validators, evidence
// and pending keys; handoffs, rotation, revoked TIDs, separations and shared touchpoints; guards, `replace`,
// `transfer` and unverified claims; the explanation of obstacles; keyed digests that nobody can forge (a quick
// hash stands for the two HMACs of a capture with an id) and the answer to an id that comes again. Its
// decision is a union by keys in which profiles that differ in a value of an attribute with limit 1 stay apart.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_KEYS = 32, MAX_DATA = 64, MAX_PROFILES = 33, MAX_ATTRIBUTES = 32 };
// As LineReader reads: so much makes a batch, and a batch makes a transaction.
enum { BATCH = 1 << 20, CHUNK = 256 << 10 };

typedef struct { const char *at; int count; } Text;
typedef struct { uint64_t high, low; } ID;

static void fail(const char *what) {
  fprintf(stderr, "sqlite_capture: %s\n", what);
  exit(1);
}

static int same(Text a, Text b) { return a.count == b.count && memcmp(a.at, b.at, a.count) == 0; }
static Text text(const char *s) { return (Text){s, (int)strlen(s)}; }

// MARK: Growing text

typedef struct { char *at; size_t count, room; } Buffer;

static char *reserve(Buffer *b, size_t more) {
  if (b->count + more > b->room) {
    b->room = (b->count + more) * 2;
    b->at = realloc(b->at, b->room);
    if (!b->at) fail("out of memory");
  }
  return b->at + b->count;
}

static void put(Buffer *b, const char *s, size_t n) {
  memcpy(reserve(b, n), s, n);
  b->count += n;
}
#define PUT(b, literal) put(b, "" literal, sizeof(literal) - 1)

// A raw slice of the input is a JSON string again: its escapes are still in it.
static void put_string(Buffer *b, Text t) {
  PUT(b, "\"");
  put(b, t.at, t.count);
  PUT(b, "\"");
}

static void put_number(Buffer *b, int64_t n) {
  char digits[24];
  put(b, digits, snprintf(digits, sizeof digits, "%lld", (long long)n));
}

static void put_tid(Buffer *b, ID id) {
  static const char hex[] = "0123456789abcdef";
  char *p = reserve(b, 38);
  *p++ = '"';
  for (int i = 0; i < 32; i++) {
    if (i == 8 || i == 12 || i == 16 || i == 20) *p++ = '-';
    *p++ = hex[((i < 16 ? id.high : id.low) >> (60 - 4 * (i & 15))) & 15];
  }
  *p = '"';
  b->count += 38;
}

static void put_digest(Buffer *b, ID id) {
  char hex[36];
  put(b, hex, snprintf(hex, sizeof hex, "\"%016llx%016llx\"", (long long)id.high, (long long)id.low));
}

static void put_two(char *p, int n) { p[0] = '0' + n / 10; p[1] = '0' + n % 10; }

static void put_time(Buffer *b, int64_t micros) {
  static int64_t last_day = INT64_MIN;
  static char date[12];
  int64_t day = micros / 86400000000, rest = micros % 86400000000;
  if (day != last_day) {
    time_t seconds = day * 86400;
    struct tm tm;
    gmtime_r(&seconds, &tm);
    strftime(date, sizeof date, "%Y-%m-%dT", &tm);
    last_day = day;
  }
  char *p = reserve(b, 26);
  int seconds = (int)(rest / 1000000), millis = (int)(rest % 1000000 / 1000);
  p[0] = '"';
  memcpy(p + 1, date, 11);
  put_two(p + 12, seconds / 3600);
  p[14] = ':';
  put_two(p + 15, seconds / 60 % 60);
  p[17] = ':';
  put_two(p + 18, seconds % 60);
  p[20] = '.';
  p[21] = '0' + millis / 100;
  put_two(p + 22, millis % 100);
  p[24] = 'Z';
  p[25] = '"';
  b->count += 26;
}

// MARK: Input

typedef struct { Text attribute, value; int strength; } CapturedKey;
typedef struct { Text name, value; } Member;
typedef struct {
  Text id, touchpoint;
  int has_id, has_tid, has_at;
  ID tid;
  int64_t at;
  int key_count, data_count;
  CapturedKey keys[MAX_KEYS], sent[MAX_KEYS];
  Member data[MAX_DATA];
} Capture;

static int attribute_count;
static struct { Text name; int limit; } attributes[MAX_ATTRIBUTES];

static const char *skip(const char *p) {
  while (*p == ' ' || *p == '\t') p++;
  return p;
}

static const char *scan_string(const char *p, Text *out) {
  if (*p != '"') fail("a string is expected");
  const char *start = ++p;
  while (*p != '"') p += *p == '\\' ? 2 : 1;
  *out = (Text){start, (int)(p - start)};
  return p + 1;
}

static ID scan_tid(Text t) {
  ID id = {0, 0};
  int digits = 0;
  for (int i = 0; i < t.count; i++) {
    if (t.at[i] == '-') continue;
    uint64_t digit = t.at[i] <= '9' ? t.at[i] - '0' : t.at[i] - 'a' + 10;
    if (digits++ < 16) id.high = id.high << 4 | digit; else id.low = id.low << 4 | digit;
  }
  return id;
}

static int number(const char *p, int n) {
  int value = 0;
  while (n--) value = value * 10 + *p++ - '0';
  return value;
}

// RFC 3339 in UTC.
static int64_t scan_time(Text t) {
  const char *p = t.at;
  int64_t y = number(p, 4), m = number(p + 5, 2), d = number(p + 8, 2);
  y -= m <= 2;
  int64_t era = y / 400, yoe = y - era * 400, doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  int64_t days = era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
  int64_t seconds = days * 86400 + number(p + 11, 2) * 3600 + number(p + 14, 2) * 60 + number(p + 17, 2);
  int64_t micros = seconds * 1000000;
  if (p[19] == '.') {
    int64_t unit = 100000;
    for (p += 20; *p >= '0' && *p <= '9'; p++, unit /= 10) micros += (*p - '0') * unit;
  }
  return micros;
}

static void add_key(Capture *c, Text attribute, Text value) {
  if (c->key_count == MAX_KEYS) fail("too many keys");
  int strength = 0;
  while (strength < attribute_count && !same(attributes[strength].name, attribute)) strength++;
  if (strength == attribute_count) fail("unknown attribute");
  CapturedKey key = {attribute, value, strength};
  c->sent[c->key_count] = key;
  int place = c->key_count++;
  for (; place > 0 && c->keys[place - 1].strength > strength; place--) c->keys[place] = c->keys[place - 1];
  c->keys[place] = key;
}

static void add_datum(Capture *c, Text name, Text value) {
  if (c->data_count == MAX_DATA) fail("too much data");
  int place = c->data_count++;
  for (; place > 0; place--) {
    Text other = c->data[place - 1].name;
    int order = memcmp(other.at, name.at, other.count < name.count ? other.count : name.count);
    if (order < 0 || (order == 0 && other.count <= name.count)) break;
    c->data[place] = c->data[place - 1];
  }
  c->data[place] = (Member){name, value};
}

static const char *scan_map(const char *p, Capture *c, int keys) {
  p = skip(p + 1);
  while (*p != '}') {
    Text name, value;
    p = skip(scan_string(p, &name));
    p = skip(p + 1);
    if (*p == '[') {
      p = skip(p + 1);
      while (*p != ']') {
        p = skip(scan_string(p, &value));
        add_key(c, name, value);
        if (*p == ',') p = skip(p + 1);
      }
      p++;
    } else {
      p = scan_string(p, &value);
      if (keys) add_key(c, name, value); else add_datum(c, name, value);
    }
    p = skip(p);
    if (*p == ',') p = skip(p + 1);
  }
  return p + 1;
}

static void scan(const char *p, Capture *c, int64_t now) {
  c->touchpoint = text("default");
  c->has_id = c->has_tid = c->key_count = c->data_count = 0;
  c->at = now;
  p = skip(p + 1);
  while (*p == '"') {
    Text name, value = {"", 0};
    p = skip(scan_string(p, &name));
    p = skip(p + 1);
    if (*p == '{') p = scan_map(p, c, name.at[0] == 'k'); else p = scan_string(p, &value);
    if (same(name, text("id"))) { c->id = value; c->has_id = 1; }
    else if (same(name, text("touchpoint"))) c->touchpoint = value;
    else if (same(name, text("tid"))) { c->tid = scan_tid(value); c->has_tid = 1; }
    else if (same(name, text("at"))) c->at = scan_time(value);
    p = skip(p);
    if (*p == ',') p = skip(p + 1);
  }
}

// MARK: Database

static sqlite3 *db;

enum {
  HEAD, WRITE_HEAD, TID, MEMBERS, CLAIMS, OWNER, INSERT_TID, SET_PARENT, MOVE_ROOT, INSERT_CLAIM, ACTIVITY,
  DATUM, CAPTURE, INSERT_CAPTURE, CONFLICT, ENTRY, STATEMENTS
};
static sqlite3_stmt *statements[STATEMENTS];
static const char *const sql[STATEMENTS] = {
  "SELECT sequence, next_number, pending, separations, revision FROM head",
  "UPDATE head SET sequence = ?1, next_number = ?2, pending = ?3, separations = ?4",
  "SELECT number, root, revoked FROM tids WHERE tid = ?1",
  "SELECT number, tid, born, parent, revoked FROM tids WHERE root = ?1",
  "SELECT c.attribute, c.value, c.holder, c.origin, c.at, c.sequence, c.ordinal "
  "FROM tids t JOIN claims c INDEXED BY claims_by_origin ON c.origin = t.number WHERE t.root = ?1",
  "SELECT t.root FROM claims c JOIN tids t ON t.number = c.origin "
  "WHERE c.attribute = ?1 AND c.value = ?2 AND c.holder = 0",
  "INSERT INTO tids (number, tid, born, parent, root) VALUES (?1, ?2, ?3, ?4, ?5)",
  "UPDATE tids SET parent = ?2, merged = ?3 WHERE number = ?1",
  "UPDATE tids SET root = ?2 WHERE root = ?1",
  "INSERT INTO claims (attribute, value, holder, origin, at, sequence, ordinal) "
  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
  "INSERT INTO activity (origin, touchpoint, count, first, last) VALUES (?1, ?2, 1, ?3, ?3) "
  "ON CONFLICT DO UPDATE SET count = count + 1, first = min(first, ?3), last = max(last, ?3)",
  "INSERT INTO data (origin, name, value, at, sequence) VALUES (?1, ?2, ?3, ?4, ?5) "
  "ON CONFLICT DO UPDATE SET value = ?3, at = ?4, sequence = ?5 WHERE at <= ?4",
  "SELECT content, sequence FROM captures WHERE id = ?1",
  "INSERT INTO captures (id, content, sequence) VALUES (?1, ?2, ?3)",
  "INSERT INTO conflicts (attribute, count) VALUES (?1, 1) ON CONFLICT DO UPDATE SET count = count + 1",
  "INSERT INTO journal (sequence, entry) VALUES (?1, ?2)",
};

static void execute(const char *statement) {
  if (sqlite3_exec(db, statement, NULL, NULL, NULL) != SQLITE_OK) fail(sqlite3_errmsg(db));
}

static sqlite3_stmt *use(int which) {
  sqlite3_reset(statements[which]);
  return statements[which];
}

static int step(sqlite3_stmt *s) {
  int code = sqlite3_step(s);
  if (code != SQLITE_ROW && code != SQLITE_DONE) fail(sqlite3_errmsg(db));
  return code == SQLITE_ROW;
}

static void run(sqlite3_stmt *s) {
  step(s);
  sqlite3_reset(s);
}

static void bind_id(sqlite3_stmt *s, int place, ID id) {
  uint64_t bytes[2] = {__builtin_bswap64(id.high), __builtin_bswap64(id.low)};
  sqlite3_bind_blob(s, place, bytes, 16, SQLITE_TRANSIENT);
}

static void bind_text(sqlite3_stmt *s, int place, Text t) {
  sqlite3_bind_text(s, place, t.at, t.count, SQLITE_STATIC);
}

static ID column_id(sqlite3_stmt *s, int column) {
  const uint64_t *bytes = sqlite3_column_blob(s, column);
  return (ID){__builtin_bswap64(bytes[0]), __builtin_bswap64(bytes[1])};
}

// MARK: Profiles

typedef struct { int64_t number, born, parent; ID tid; } Record;
typedef struct { int64_t attribute, origin; Text value; } Claim;
typedef struct {
  int64_t root;
  int tid_count, tid_room, claim_count, claim_room, joined;
  Record *tids;
  Claim *claims;
  Buffer values;
} Profile;

static Profile profiles[MAX_PROFILES];
static int profile_count;
static struct { int64_t sequence, next_number, pending, separations; } head;

static void grow(void **array, int count, int *room, size_t size) {
  if (count < *room) return;
  *room = *room ? *room * 2 : 8;
  *array = realloc(*array, *room * size);
  if (!*array) fail("out of memory");
}

static int load(int64_t root) {
  for (int i = 0; i < profile_count; i++) if (profiles[i].root == root) return i;
  Profile *p = &profiles[profile_count];
  p->root = root;
  p->tid_count = p->claim_count = p->joined = 0;
  p->values.count = 0;
  sqlite3_stmt *s = use(MEMBERS);
  sqlite3_bind_int64(s, 1, root);
  while (step(s)) {
    grow((void **)&p->tids, p->tid_count, &p->tid_room, sizeof(Record));
    p->tids[p->tid_count++] = (Record){
      sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 2), sqlite3_column_int64(s, 3), column_id(s, 1)};
  }
  sqlite3_reset(s);
  s = use(CLAIMS);
  sqlite3_bind_int64(s, 1, root);
  while (step(s)) {
    grow((void **)&p->claims, p->claim_count, &p->claim_room, sizeof(Claim));
    int count = sqlite3_column_bytes(s, 1);
    put(&p->values, (const char *)sqlite3_column_text(s, 1), count);
    Claim claim = {sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 3), {NULL, count}};
    p->claims[p->claim_count++] = claim;
  }
  sqlite3_reset(s);
  char *value = p->values.at;
  for (int i = 0; i < p->claim_count; i++) {
    p->claims[i].value.at = value;
    value += p->claims[i].value.count;
  }
  return profile_count++;
}

static Record *primary(Profile *p) {
  for (int i = 0; i < p->tid_count; i++) if (p->tids[i].parent == 0) return &p->tids[i];
  fail("a profile has no primary");
  return NULL;
}

static int older(const Record *a, const Record *b) {
  if (a->born != b->born) return a->born < b->born;
  return a->tid.high != b->tid.high ? a->tid.high < b->tid.high : a->tid.low < b->tid.low;
}

static Claim *find_claim(Profile *p, const CapturedKey *key) {
  for (int i = 0; i < p->claim_count; i++)
    if (p->claims[i].attribute == key->strength + 1 && same(p->claims[i].value, key->value))
      return &p->claims[i];
  return NULL;
}

// Whether the profile holds another value than the customer so far of an attribute that may have one only.
static int differs(Profile *p, const Capture *c, const int *asserted, int last) {
  for (const Claim *mine = p->claims; mine < p->claims + p->claim_count; mine++) {
    int strength = (int)mine->attribute - 1;
    if (strength > last || attributes[strength].limit != 1) continue;
    for (int k = 0; k < c->key_count; k++)
      if (asserted[k] && c->keys[k].strength == strength && !same(c->keys[k].value, mine->value)) return 1;
    for (const Profile *other = profiles; other < profiles + profile_count; other++) {
      if (!other->joined) continue;
      for (const Claim *theirs = other->claims; theirs < other->claims + other->claim_count; theirs++)
        if (theirs->attribute == mine->attribute && !same(theirs->value, mine->value)) return 1;
    }
  }
  return 0;
}

// MARK: One capture

typedef struct {
  int owner[MAX_KEYS], asserted[MAX_KEYS], fresh[MAX_KEYS];
  int current, switched, merged_count;
  Record *primary, *merged[MAX_PROFILES];
  ID tid, place;
  int64_t place_number;
  const char *word;
} Decision;

static void gather(const Capture *c, Decision *d, ID id_digest, ID fresh) {
  profile_count = 0;
  d->current = -1;
  if (c->has_tid) {
    sqlite3_stmt *s = use(TID);
    bind_id(s, 1, c->tid);
    if (step(s)) {
      int64_t root = sqlite3_column_int64(s, 1);
      sqlite3_reset(s);
      d->current = load(root);
    }
  }
  for (int k = 0; k < c->key_count; k++) {
    sqlite3_stmt *s = use(OWNER);
    sqlite3_bind_int64(s, 1, c->keys[k].strength + 1);
    bind_text(s, 2, c->keys[k].value);
    int64_t root = step(s) ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_reset(s);
    d->owner[k] = root ? load(root) : -1;
  }
  if (c->has_id) {
    sqlite3_stmt *s = use(CAPTURE);
    bind_id(s, 1, id_digest);
    if (step(s)) fail("an id came twice");
    sqlite3_reset(s);
  }
  sqlite3_stmt *s = use(TID);
  bind_id(s, 1, fresh);
  if (step(s)) fail("a fresh TID exists");
  sqlite3_reset(s);
}

static void decide(const Capture *c, Decision *d, ID fresh) {
  memset(d->asserted, 0, sizeof d->asserted);
  for (int start = 0, end; start < c->key_count; start = end) {
    for (end = start; end < c->key_count && c->keys[end].strength == c->keys[start].strength;) end++;
    for (int owned = 1; owned >= 0; owned--)
      for (int k = start; k < end; k++) {
        if ((d->owner[k] >= 0) != owned) continue;
        if (owned) {
          Profile *p = &profiles[d->owner[k]];
          if (!p->joined && differs(p, c, d->asserted, c->keys[k].strength - 1)) continue;
          p->joined = 1;
        }
        d->asserted[k] = 1;
      }
  }
  d->switched = 0;
  if (d->current >= 0 && !profiles[d->current].joined) {
    d->switched = differs(&profiles[d->current], c, d->asserted, attribute_count);
    profiles[d->current].joined = !d->switched;
  }
  d->primary = NULL;
  d->merged_count = 0;
  for (int i = 0; i < profile_count; i++) {
    if (!profiles[i].joined) continue;
    Record *r = primary(&profiles[i]);
    if (d->primary) d->merged[d->merged_count++] = older(r, d->primary) ? d->primary : r;
    if (!d->primary || older(r, d->primary)) d->primary = r;
  }
  d->tid = d->primary ? d->primary->tid : fresh;
  d->place = d->tid;
  d->place_number = d->primary ? d->primary->number : head.next_number;
  int news = 0, placed = 0;
  for (int k = 0; k < c->key_count; k++) {
    if (!d->asserted[k]) continue;
    d->fresh[k] = d->owner[k] < 0;
    news |= d->fresh[k];
    if (d->fresh[k] || placed) continue;
    Profile *p = &profiles[d->owner[k]];
    int64_t origin = find_claim(p, &c->keys[k])->origin;
    for (int i = 0; i < p->tid_count; i++)
      if (p->tids[i].number == origin) { d->place = p->tids[i].tid; d->place_number = origin; placed = 1; }
  }
  if (d->current >= 0 && profiles[d->current].joined) {
    Profile *p = &profiles[d->current];
    d->place = c->tid;
    for (int i = 0; i < p->tid_count; i++)
      if (memcmp(&p->tids[i].tid, &c->tid, sizeof(ID)) == 0) d->place_number = p->tids[i].number;
  }
  d->word = d->switched ? "switched" : d->merged_count ? "merged" : !d->primary ? "created"
    : news ? "associated" : "recognized";
}

static void put_outcome(Buffer *b, const Capture *c, const Decision *d) {
  PUT(b, "{\"id\":");
  if (c->has_id) put_string(b, c->id); else PUT(b, "null");
  PUT(b, ",\"sequence\":");
  put_number(b, head.sequence);
  PUT(b, ",\"tid\":");
  put_tid(b, d->tid);
  PUT(b, ",\"touchpointTid\":");
  put_tid(b, d->place);
  PUT(b, ",\"decision\":");
  put_string(b, text(d->word));
  PUT(b, ",\"created\":");
  if (d->primary) PUT(b, "false"); else PUT(b, "true");
  PUT(b, ",\"merged\":[");
  for (int i = 0; i < d->merged_count; i++) {
    if (i) PUT(b, ",");
    put_tid(b, d->merged[i]->tid);
  }
  PUT(b, "],\"switchedFrom\":");
  if (d->switched) put_tid(b, primary(&profiles[d->current])->tid); else PUT(b, "null");
  PUT(b, ",\"unknownTid\":");
  if (c->has_tid && d->current < 0) PUT(b, "true"); else PUT(b, "false");
  PUT(b, ",\"handoff\":null,\"replayed\":false,\"keys\":[");
  for (int k = 0; k < c->key_count; k++) {
    if (k) PUT(b, ",");
    PUT(b, "{\"attribute\":");
    put_string(b, c->keys[k].attribute);
    PUT(b, ",\"value\":");
    put_string(b, c->keys[k].value);
    if (!d->asserted[k]) PUT(b, ",\"result\":\"withheld\",\"verified\":false,\"reason\":\"conflict\"");
    else if (d->fresh[k]) PUT(b, ",\"result\":\"associated\",\"verified\":true,\"reason\":null");
    else PUT(b, ",\"result\":\"recognized\",\"verified\":true,\"reason\":null");
    PUT(b, ",\"evidence\":[]}");
  }
  PUT(b, "]}");
}

static void put_capture(Buffer *b, const Capture *c, ID id, ID content, int64_t now) {
  PUT(b, "{\"sequence\":");
  put_number(b, head.sequence);
  PUT(b, ",\"at\":");
  put_time(b, now);
  PUT(b, ",\"type\":\"capture\",\"capture\":{\"id\":");
  if (c->has_id) {
    put_string(b, c->id);
    PUT(b, ",\"identity\":[");
    put_digest(b, id);
    PUT(b, ",");
    put_digest(b, content);
    PUT(b, "]");
  } else {
    PUT(b, "null,\"identity\":null");
  }
  PUT(b, ",\"touchpoint\":");
  put_string(b, c->touchpoint);
  PUT(b, ",\"tid\":");
  if (c->has_tid) put_tid(b, c->tid); else PUT(b, "null");
  PUT(b, ",\"handoffTid\":null,\"keys\":[");
  for (int k = 0; k < c->key_count; k++) {
    if (k) PUT(b, ",");
    PUT(b, "[");
    put_string(b, c->sent[k].attribute);
    PUT(b, ",");
    put_string(b, c->sent[k].value);
    PUT(b, "]");
  }
  PUT(b, "],\"at\":");
  put_time(b, c->at);
  PUT(b, "}");
}

static void put_effects(Buffer *b, const Capture *c, const Decision *d) {
  if (!d->primary) {
    PUT(b, "{\"do\":\"born\",\"tid\":");
    put_tid(b, d->tid);
    PUT(b, ",\"at\":");
    put_time(b, c->at);
    PUT(b, ",\"parent\":null},");
  }
  for (int i = 0; i < d->merged_count; i++) {
    PUT(b, "{\"do\":\"merged\",\"tid\":");
    put_tid(b, d->merged[i]->tid);
    PUT(b, ",\"into\":");
    put_tid(b, d->tid);
    PUT(b, ",\"cause\":\"key\",\"attribute\":");
    put_string(b, c->keys[0].attribute);
    PUT(b, "},");
  }
  for (int k = 0; k < c->key_count; k++) {
    if (!d->asserted[k] || !d->fresh[k]) continue;
    PUT(b, "{\"do\":\"claimed\",\"attribute\":");
    put_string(b, c->keys[k].attribute);
    PUT(b, ",\"value\":");
    put_string(b, c->keys[k].value);
    PUT(b, ",\"origin\":");
    put_tid(b, d->place);
    PUT(b, ",\"verified\":true,\"at\":");
    put_time(b, c->at);
    PUT(b, ",\"ordinal\":");
    put_number(b, k);
    PUT(b, "},");
  }
  PUT(b, "{\"do\":\"active\",\"tid\":");
  put_tid(b, d->place);
  PUT(b, ",\"touchpoint\":");
  put_string(b, c->touchpoint);
  PUT(b, ",\"at\":");
  put_time(b, c->at);
  PUT(b, "}");
  for (int i = 0; i < c->data_count; i++) {
    PUT(b, ",{\"do\":\"datum\",\"tid\":");
    put_tid(b, d->place);
    PUT(b, ",\"name\":");
    put_string(b, c->data[i].name);
    PUT(b, ",\"value\":");
    put_string(b, c->data[i].value);
    PUT(b, ",\"at\":");
    put_time(b, c->at);
    PUT(b, "}");
  }
}

static void store(const Capture *c, const Decision *d, ID id, ID content, Text entry) {
  sqlite3_stmt *s = use(ENTRY);
  sqlite3_bind_int64(s, 1, head.sequence);
  bind_text(s, 2, entry);
  run(s);
  if (!d->primary) {
    s = use(INSERT_TID);
    sqlite3_bind_int64(s, 1, head.next_number);
    bind_id(s, 2, d->tid);
    sqlite3_bind_int64(s, 3, c->at);
    sqlite3_bind_null(s, 4);
    sqlite3_bind_int64(s, 5, head.next_number++);
    run(s);
  }
  for (int i = 0; i < d->merged_count; i++) {
    s = use(SET_PARENT);
    sqlite3_bind_int64(s, 1, d->merged[i]->number);
    sqlite3_bind_int64(s, 2, d->primary->number);
    sqlite3_bind_int64(s, 3, head.sequence);
    run(s);
    s = use(MOVE_ROOT);
    sqlite3_bind_int64(s, 1, d->merged[i]->number);
    sqlite3_bind_int64(s, 2, d->primary->number);
    run(s);
  }
  for (int k = 0; k < c->key_count; k++) {
    if (!d->asserted[k]) {
      s = use(CONFLICT);
      sqlite3_bind_int64(s, 1, c->keys[k].strength + 1);
      run(s);
    } else if (d->fresh[k]) {
      s = use(INSERT_CLAIM);
      sqlite3_bind_int64(s, 1, c->keys[k].strength + 1);
      bind_text(s, 2, c->keys[k].value);
      sqlite3_bind_int64(s, 3, 0);
      sqlite3_bind_int64(s, 4, d->place_number);
      sqlite3_bind_int64(s, 5, c->at);
      sqlite3_bind_int64(s, 6, head.sequence);
      sqlite3_bind_int64(s, 7, k);
      run(s);
    }
  }
  s = use(ACTIVITY);
  sqlite3_bind_int64(s, 1, d->place_number);
  bind_text(s, 2, c->touchpoint);
  sqlite3_bind_int64(s, 3, c->at);
  run(s);
  for (int i = 0; i < c->data_count; i++) {
    s = use(DATUM);
    sqlite3_bind_int64(s, 1, d->place_number);
    bind_text(s, 2, c->data[i].name);
    bind_text(s, 3, c->data[i].value);
    sqlite3_bind_int64(s, 4, c->at);
    sqlite3_bind_int64(s, 5, head.sequence);
    run(s);
  }
  if (!c->has_id) return;
  s = use(INSERT_CAPTURE);
  bind_id(s, 1, id);
  bind_id(s, 2, content);
  sqlite3_bind_int64(s, 3, head.sequence);
  run(s);
}

// SplitMix64, as `--tid-seed` uses it.
static uint64_t mix(uint64_t z) {
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

static ID fresh_tid(uint64_t seed) {
  static uint64_t drawn;
  drawn++;
  uint64_t milliseconds = 1767225600000 + drawn;
  uint64_t random = mix(seed + drawn * 0x9E3779B97F4A7C15) & ((1ull << 62) - 1);
  return (ID){milliseconds << 16 | 0x7000, 2ull << 62 | random};
}

static ID digest(Text t) {
  uint64_t a = 0xCBF29CE484222325, b = 0x9E3779B97F4A7C15;
  for (int i = 0; i < t.count; i++) {
    a = (a ^ (uint8_t)t.at[i]) * 0x100000001B3;
    b = (b ^ (uint8_t)t.at[i]) * 0x9FB21C651E98DF25;
  }
  return (ID){mix(a), mix(b)};
}

static void capture(const char *line, int count, uint64_t seed, Buffer *out) {
  static Capture c;
  static Decision d;
  static Buffer entry;
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  int64_t now = (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000000 * 1000;
  scan(line, &c, now);
  ID id = {0, 0}, content = {0, 0}, fresh = fresh_tid(seed);
  if (c.has_id) {
    id = digest(c.id);
    content = digest((Text){line, count});
  }
  gather(&c, &d, id, fresh);
  decide(&c, &d, fresh);
  head.sequence++;
  size_t start = out->count;
  put_outcome(out, &c, &d);
  entry.count = 0;
  put_capture(&entry, &c, id, content, now);
  PUT(&entry, ",\"outcome\":");
  put(&entry, out->at + start, out->count - start);
  PUT(&entry, ",\"obstacles\":[],\"effects\":[");
  put_effects(&entry, &c, &d);
  PUT(&entry, "]}");
  PUT(out, "\n");
  store(&c, &d, id, content, (Text){entry.at, (int)entry.count});
}

// MARK: The stream

static void write_all(const char *p, size_t n) {
  while (n > 0) {
    ssize_t written = write(STDOUT_FILENO, p, n);
    if (written < 0) fail("writing failed");
    p += written;
    n -= written;
  }
}

static void commit_batch(const char *p, const char *end, uint64_t seed, Buffer *out) {
  execute("BEGIN IMMEDIATE");
  sqlite3_stmt *s = use(HEAD);
  if (!step(s)) fail("no head row");
  head.sequence = sqlite3_column_int64(s, 0);
  head.next_number = sqlite3_column_int64(s, 1);
  head.pending = sqlite3_column_int64(s, 2);
  head.separations = sqlite3_column_int64(s, 3);
  sqlite3_reset(s);
  out->count = 0;
  while (p < end) {
    const char *next = memchr(p, '\n', end - p);
    if (next > p) capture(p, (int)(next - p), seed, out);
    p = next + 1;
  }
  s = use(WRITE_HEAD);
  sqlite3_bind_int64(s, 1, head.sequence);
  sqlite3_bind_int64(s, 2, head.next_number);
  sqlite3_bind_int64(s, 3, head.pending);
  sqlite3_bind_int64(s, 4, head.separations);
  run(s);
  execute("COMMIT");
  write_all(out->at, out->count);
}

static void read_attributes(char *list) {
  for (char *name = strtok(list, ","); name; name = strtok(NULL, ",")) {
    char *colon = strchr(name, ':');
    if (!colon || attribute_count == MAX_ATTRIBUTES) fail("bad list of attributes");
    attributes[attribute_count].name = (Text){name, (int)(colon - name)};
    attributes[attribute_count++].limit = atoi(colon + 1);
  }
}

int main(int count, char **arguments) {
  if (count != 5) fail("sqlite_capture DATABASE INPUT ATTRIBUTE:LIMIT,... TID-SEED");
  read_attributes(arguments[3]);
  uint64_t seed = strtoull(arguments[4], NULL, 10);
  if (sqlite3_open_v2(arguments[1], &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
    fail("the database cannot be opened");
  execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;"
          "PRAGMA wal_autocheckpoint = 8192; PRAGMA temp_store = MEMORY");
  for (int i = 0; i < STATEMENTS; i++)
    if (sqlite3_prepare_v3(db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &statements[i], NULL) != SQLITE_OK)
      fail(sqlite3_errmsg(db));
  int file = open(arguments[2], O_RDONLY);
  if (file < 0) fail("the input cannot be read");
  Buffer input = {0}, out = {0};
  for (ssize_t got = 1; got > 0;) {
    while (input.count < BATCH && (got = read(file, reserve(&input, CHUNK), CHUNK)) > 0) input.count += got;
    char *last = memrchr(input.at, '\n', input.count);
    if (!last) break;
    commit_batch(input.at, last + 1, seed, &out);
    size_t rest = input.at + input.count - (last + 1);
    memmove(input.at, last + 1, rest);
    input.count = rest;
  }
  for (int i = 0; i < STATEMENTS; i++) sqlite3_finalize(statements[i]);
  sqlite3_close(db);
  return 0;
}
