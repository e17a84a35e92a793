// Keep files: keys, signatures, S3's XML.
