/// The schemas of what is sent and answered.
///
/// - Parameter attributes: the schema of a key attribute's name.
func openAPISchemas(attributes: String) -> String {
  """
    {
      "TID": {
        "type": "string",
        "description": "a UUID version 7 in lower case",
        "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
      },
      "Time": {"type": "string", "format": "date-time"},
      "Capture": {
        "type": "object",
        "additionalProperties": false,
        "properties": {
          "id": {
            "type": ["string", "null"],
            "minLength": 1,
            "maxLength": 128,
            "description": "at most 128 bytes; without it, a repetition is another capture"
          },
          "touchpoint": {
            "type": ["string", "null"],
            "minLength": 1,
            "maxLength": 64,
            "description": "at most 64 bytes; the only one of the token where it has one, else default"
          },
          "tid": {"anyOf": [{"$ref": "#/components/schemas/TID"}, {"type": "null"}]},
          "handoff": {"type": ["string", "null"]},
          "keys": {
            "type": ["object", "null"],
            "description": "key attribute → value or values",
            "propertyNames": \(attributes),
            "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
          },
          "proofs": {
            "type": ["object", "null"],
            "maxProperties": 32,
            "propertyNames": \(attributes),
            "additionalProperties": {"type": "string", "maxLength": 16384}
          },
          "data": {
            "type": ["object", "null"],
            "maxProperties": 64,
            "additionalProperties": {"type": "string", "maxLength": 1024}
          },
          "at": {"anyOf": [{"$ref": "#/components/schemas/Time"}, {"type": "null"}]}
        }
      },
      "BrowserAnswer": {
        "type": "object",
        "required": ["touchpointTid"],
        "additionalProperties": false,
        "properties": {"touchpointTid": {"$ref": "#/components/schemas/TID"}}
      },
      "Outcome": {
        "type": "object",
        "required": [
          "id", "sequence", "tid", "touchpointTid", "decision", "created", "merged", "switchedFrom", "unknownTid", "handoff",
          "replayed", "keys"
        ],
        "properties": {
          "id": {"type": ["string", "null"]},
          "sequence": {"type": "integer"},
          "tid": {"$ref": "#/components/schemas/TID"},
          "touchpointTid": {"$ref": "#/components/schemas/TID"},
          "decision": {"enum": ["switched", "merged", "created", "associated", "recognized"]},
          "created": {"type": "boolean"},
          "merged": {"type": "array", "items": {"$ref": "#/components/schemas/TID"}},
          "switchedFrom": {"anyOf": [{"$ref": "#/components/schemas/TID"}, {"type": "null"}]},
          "unknownTid": {"type": "boolean"},
          "handoff": {"enum": [null, "used", "conflict", "expired", "invalid", "spent", "unknownTid"]},
          "replayed": {"type": "boolean"},
          "keys": {"type": "array", "items": {"$ref": "#/components/schemas/KeyResult"}}
        }
      },
      "KeyResult": {
        "type": "object",
        "required": ["attribute", "value", "result", "verified", "reason", "evidence"],
        "properties": {
          "attribute": {"type": "string"},
          "value": {"type": "string"},
          "result": {"enum": ["associated", "recognized", "withheld", "rejected"]},
          "verified": {"type": "boolean"},
          "reason": {
            "enum": [
              null, "unverified", "conflict", "separated", "profileLimit", "superseded", "transferred", "invalid", "malformed",
              "blocked"
            ]
          },
          "evidence": {"type": "array", "items": {"$ref": "#/components/schemas/Evidence"}}
        }
      },
      "Evidence": {
        "type": "object",
        "required": ["validator", "version", "check", "verdict", "assurance", "code", "status", "latencyMs", "cached", "at"],
        "properties": {
          "validator": {"type": "string"},
          "version": {"type": "string"},
          "check": {"type": "string"},
          "verdict": {"enum": ["valid", "invalid", "indeterminate"]},
          "assurance": {"enum": ["existence", "possession"]},
          "code": {"type": "string"},
          "status": {"type": ["integer", "null"]},
          "latencyMs": {"type": "integer"},
          "cached": {"type": "boolean"},
          "at": {"$ref": "#/components/schemas/Time"}
        }
      },
      "Verdicts": {
        "type": "object",
        "required": ["id", "keys"],
        "properties": {
          "id": {"type": ["string", "null"]},
          "keys": {
            "type": "array",
            "items": {
              "type": "object",
              "required": ["attribute", "value", "verdict", "assurance", "reason", "links", "evidence"],
              "properties": {
                "attribute": {"type": "string"},
                "value": {"type": "string"},
                "verdict": {"enum": [null, "valid", "invalid", "indeterminate"]},
                "assurance": {"enum": [null, "existence", "possession"]},
                "reason": {"enum": [null, "malformed", "blocked"]},
                "links": {"type": "boolean"},
                "evidence": {"type": "array", "items": {"$ref": "#/components/schemas/Evidence"}}
              }
            }
          }
        }
      },
      "Erased": {
        "type": "object",
        "required": ["tids", "keys", "sequence", "finished"],
        "properties": {
          "tids": {"type": "array", "items": {"$ref": "#/components/schemas/TID"}},
          "keys": {"type": "integer"},
          "sequence": {"type": "integer"},
          "finished": {"type": "boolean"}
        }
      },
      "Profile": {
        "type": "object",
        "required": ["tid", "tids", "keys", "data", "activity", "bornAt"],
        "properties": {
          "tid": {"$ref": "#/components/schemas/TID"},
          "tids": {"type": "array", "items": {"$ref": "#/components/schemas/TID"}},
          "keys": {
            "type": "array",
            "items": {
              "type": "object",
              "required": ["attribute", "value", "verified", "origin", "capturedAt"],
              "properties": {
                "attribute": {"type": "string"},
                "value": {"type": "string"},
                "verified": {"type": "boolean"},
                "origin": {"$ref": "#/components/schemas/TID"},
                "capturedAt": {"$ref": "#/components/schemas/Time"}
              }
            }
          },
          "data": {"type": "object", "additionalProperties": {"type": "string"}},
          "activity": {
            "type": "array",
            "items": {
              "type": "object",
              "required": ["tid", "touchpoint", "count", "first", "last"],
              "properties": {
                "tid": {"$ref": "#/components/schemas/TID"},
                "touchpoint": {"type": "string"},
                "count": {"type": "integer"},
                "first": {"$ref": "#/components/schemas/Time"},
                "last": {"$ref": "#/components/schemas/Time"}
              }
            }
          },
          "bornAt": {"$ref": "#/components/schemas/Time"}
        }
      },
      "Error": {
        "type": "object",
        "required": ["error"],
        "properties": {
          "error": {
            "type": "object",
            "required": ["code", "field", "message"],
            "properties": {
              "code": {"type": "string"},
              "field": {"type": ["string", "null"]},
              "message": {"type": "string"}
            }
          }
        }
      }
    }
  """
}
