"""What the API server knows of its objects: schemas, validation, patches, field ownership, OpenAPI. Pure."""
