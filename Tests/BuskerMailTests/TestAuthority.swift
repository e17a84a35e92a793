// A certificate for localhost and the authority that signed it, for tests only.

enum TestAuthority {
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBijCCAS+gAwIBAgIUNT+0T52Ya/5EexEt35w0cZauFHEwCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwOQnVza2VyIHRlc3QgQ0EwIBcNMjYxMTIxMTMyNjM2WhgPMjEy
        NjEwMjgxMzI2MzZaMBkxFzAVBgNVBAMMDkJ1c2tlciB0ZXN0IENBMFkwEwYHKoZI
        zj0CAQYIKoZIzj0DAQcDQgAEC8kF5yz3pnzmwH0nrrv2+4CnM8AMdtZ6GO+zz1mm
        eb/958sybgtSZLjznXK7lAUNHeduqxhuGgEJ++irtJVcOaNTMFEwHQYDVR0OBBYE
        FINkSAPmu5sP9YdCyiI9z+s9WCT0MB8GA1UdIwQYMBaAFINkSAPmu5sP9YdCyiI9
        z+s9WCT0MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAM/bkrz2
        G0nqlU+dp7768o+QXWTDcnzZt8dSRRf9lCETAiEAoMmZj0onBPy3Gr6UTIdXwgVo
        nNGnv1R3p+4KfHS/f9Y=
        -----END CERTIFICATE-----
        """

    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBljCCAT2gAwIBAgIUTyLFD8PXln9mw+FRu82HVFCLd+AwCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwOQnVza2VyIHRlc3QgQ0EwIBcNMjYxMTIxMTMyNjM3WhgPMjEy
        NjEwMjgxMzI2MzdaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEG
        CCqGSM49AwEHA0IABO1AdQ8gn92Y0Vy5eXvqaAmdo5YYLn3dMlC58M4RUfnd0geh
        ha+tMaGBKoo3UIevaVBPi8x3OjLTMdLPk8kShwOjZjBkMBQGA1UdEQQNMAuCCWxv
        Y2FsaG9zdDAMBgNVHRMBAf8EAjAAMB0GA1UdDgQWBBR/BSjEpiuHkHCBffSfP5qH
        7fy56TAfBgNVHSMEGDAWgBSDZEgD5rubD/WHQsoiPc/rPVgk9DAKBggqhkjOPQQD
        AgNHADBEAiBrIV8CatdBT3zkktIKUQwJY4IGYLPsc+Bl0dzZQ5Z7kAIgGqAjLCSn
        XdqBW+ptTG8UEaOp6v9eE96DyfiQSAuVCsY=
        -----END CERTIFICATE-----
        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYoMZQRERWVXEJQh9
        qcKgWEZW7IBfoXYwD2VbcCQN1WmhRANCAATtQHUPIJ/dmNFcuXl76mgJnaOWGC59
        3TJQufDOEVH53dIHoYWvrTGhgSqKN1CHr2lQT4vMdzoy0zHSz5PJEocD
        -----END PRIVATE KEY-----
        """
}
