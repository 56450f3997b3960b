import KeyfoldCore

/// What is served, in the words of OpenAPI 3.1; the space says which key attributes there are.
func openAPIText(_ space: Space) -> String {
  var attributes = JSONWriter()
  attributes.array(space.attributes) { $0.string($1.name) }
  return openAPI(attributes: "{\"enum\": \(attributes.text)}")
}

private func openAPI(attributes: String) -> String {
  """
    {
      "openapi": "3.1.0",
      "info": {
        "title": "Keyfold",
        "version": "1",
        "description": "Which customer does this identifier belong to? An example host of Keyfold."
      },
      "servers": [{"url": "/"}],
      "security": [{"bearer": []}],
      "paths": {
        "/v1/captures": {
          "post": {
            "operationId": "capture",
            "summary": "Capture identifiers at a touchpoint",
            "description": "One capture as JSON; or up to 5,000 as NDJSON, which are answered with a line each, in order: \
    an outcome, or an error with the number of its line. An answer is given when it is durable. A capture with an id can \
    be sent again: it gets the first answer. A token with the scope browser sends one at a time and hears touchpointTid only.",
            "requestBody": {
              "required": true,
              "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Capture"}},
                "application/x-ndjson": {"schema": {"type": "string"}}
              }
            },
            "responses": {
              "200": {
                "description": "What was decided",
                "content": {
                  "application/json": {
                    "schema": {"anyOf": [{"$ref": "#/components/schemas/Outcome"}, {"$ref": "#/components/schemas/BrowserAnswer"}]}
                  },
                  "application/x-ndjson": {"schema": {"type": "string"}}
                }
              },
              "default": {"$ref": "#/components/responses/Error"}
            }
          }
        },
        "/v1/validate": {
          "post": {
            "operationId": "validate",
            "summary": "Ask the validators about keys; captures nothing",
            "requestBody": {
              "required": true,
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Capture"}}}
            },
            "responses": {
              "200": {
                "description": "A verdict for each key",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Verdicts"}}}
              },
              "default": {"$ref": "#/components/responses/Error"}
            }
          }
        },
        "/v1/profiles/{tid}": {
          "get": {
            "operationId": "profileOfTID",
            "summary": "The profile a TID is in",
            "parameters": [{"name": "tid", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/TID"}}],
            "responses": {
              "200": {
                "description": "The profile",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Profile"}}}
              },
              "default": {"$ref": "#/components/responses/Error"}
            }
          },
          "delete": {
            "operationId": "erase",
            "summary": "Erase the profile a TID is in, for good",
            "description": "Every TID, key, datum and count of the customer leaves the store and its files. The journal \
    keeps that something was erased, when and why.",
            "parameters": [
              {"name": "tid", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/TID"}},
              {
                "name": "reason", "in": "query", "description": "why; the journal keeps it",
                "schema": {"type": "string", "minLength": 1, "maxLength": 100}
              }
            ],
            "responses": {
              "200": {
                "description": "What was erased",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Erased"}}}
              },
              "202": {
                "description": "The same; a reader still holds old pages of the store's files",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Erased"}}}
              },
              "default": {"$ref": "#/components/responses/Error"}
            }
          }
        },
        "/v1/keys/{attribute}/{value}": {
          "get": {
            "operationId": "profilesOfKey",
            "summary": "The profiles a key belongs to",
            "parameters": [
              {"name": "attribute", "in": "path", "required": true, "schema": \(attributes)},
              {"name": "value", "in": "path", "required": true, "schema": {"type": "string", "minLength": 1}},
              {
                "name": "includeUnverified", "in": "query", "schema": {"type": "boolean", "default": false},
                "description": "also profiles that merely claim it"
              }
            ],
            "responses": {
              "200": {
                "description": "The owner; those that merely claim it come behind",
                "content": {
                  "application/json": {
                    "schema": {
                      "type": "object",
                      "required": ["profiles"],
                      "properties": {"profiles": {"type": "array", "items": {"$ref": "#/components/schemas/Profile"}}}
                    }
                  }
                }
              },
              "default": {"$ref": "#/components/responses/Error"}
            }
          }
        },
        "/v1/events": {
          "get": {
            "operationId": "events",
            "summary": "The journal as it grows, as server-sent events",
            "description": "Each event is a journal entry as JSON and has its sequence as id; it comes at least once. \
    The stream does not end by itself.",
            "parameters": [
              {
                "name": "after", "in": "query", "description": "sequence of the last entry that was dealt with",
                "schema": {"type": "integer", "format": "int64", "minimum": 0, "default": 0}
              },
              {
                "name": "Last-Event-ID", "in": "header", "description": "the same; counts more",
                "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"}
              }
            ],
            "responses": {
              "200": {"description": "The events", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
              "default": {"$ref": "#/components/responses/Error"}
            }
          }
        },
        "/healthz": {
          "get": {
            "operationId": "health",
            "summary": "Whether the process lives",
            "security": [],
            "responses": {
              "200": {"description": "It does", "content": {"text/plain": {"schema": {"type": "string"}}}},
              "default": {"$ref": "#/components/responses/Error"}
            }
          }
        },
        "/readyz": {
          "get": {
            "operationId": "readiness",
            "summary": "Whether the store can be used, and requests are taken",
            "security": [],
            "responses": {
              "200": {"description": "They are", "content": {"text/plain": {"schema": {"type": "string"}}}},
              "default": {"$ref": "#/components/responses/Error"}
            }
          }
        },
        "/metrics": {
          "get": {
            "operationId": "metrics",
            "summary": "Counters and latencies, in Prometheus' text exposition format 0.0.4",
            "responses": {
              "200": {"description": "The metrics", "content": {"text/plain": {"schema": {"type": "string"}}}},
              "default": {"$ref": "#/components/responses/Error"}
            }
          }
        }
      },
      "components": {
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        "responses": {
          "Error": {
            "description": "What is wrong. 400, 413, 415 and 422: with the request, 401 and 403: with the token, 404: nobody \
    there, 409 and 410: with the id, 429 and 503: try again after Retry-After.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
          }
        },
        "schemas": \(openAPISchemas(attributes: attributes))
      }
    }

  """
}
