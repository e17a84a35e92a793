// A key and certificates that prove nothing, for the double of PayPal.

/// The test authority, the certificate it made out, and that certificate's key: known to everybody, so trust them in tests only.
enum PayPalTestKey {
    /// The authority to be trusted by a verifier under test; valid from 2000 to 2049.
    static let root = """
        -----BEGIN CERTIFICATE-----
        MIIC8zCCAdugAwIBAgIBATANBgkqhkiG9w0BAQsFADAbMRkwFwYDVQQDDBBCdXNr
        ZXIgVGVzdCBSb290MB4XDTAwMDEwMTAwMDAwMFoXDTQ5MTIzMTIzNTk1OVowGzEZ
        MBcGA1UEAwwQQnVza2VyIFRlc3QgUm9vdDCCASIwDQYJKoZIhvcNAQEBBQADggEP
        ADCCAQoCggEBALtoC58BuAbjKKsSsp2XimGnUS1cFihKimt4nwrN3DG0k7hown47
        JlxRC36H43aQxNQ9gUS/r+EwpXDRW9HvYX+0raEHsL+Sr4etTSEex7Hm2BPUUlko
        JLquwyuFD1kH4lkWbbqrSbSkDhbL/awdbVKSxjcA0wqaxjdRHYiD4O6GD3HVHFBe
        V1TmoijjNul4CXVS8luo8mfl58qvBD2tTan2z1x4+bMDUrAY6yC38G1/GHvaP77M
        Lyw5dfkPc12RlSWSinEvj7tTfwnhN2Ge1tALEcWw9jio/j7wOs3a4fcbc/Ei5sIv
        raeRUN+BrMn/QgWqkEl3duTa/HvIC34G3LkCAwEAAaNCMEAwDwYDVR0TAQH/BAUw
        AwEB/zAOBgNVHQ8BAf8EBAMCAgQwHQYDVR0OBBYEFA4lKZqldNz1W83iaBYtLJAM
        404kMA0GCSqGSIb3DQEBCwUAA4IBAQC3ACFOSXitZcXGvBZnjMax1xSsY4F1gWJt
        RmZ0QVpjDFbgC4dl5o1E6OjB9H0/GzeTHxLJpyw2LkHE5N1CgPdRQZgCCrPC3ssD
        lSEUFifoidix3AhIWXsWsdNYuwn4qeg4Ckv3dnrRuiPiLomSg31xOyOX9tddD3Am
        zjGxadsKouEtSkH7XWKH2Ufpa+xoKGKc1EDIr5wvmd2v2G4bqUxvDjtcrAd1bFLw
        G2HTJrECVKNnwW4YxJu7CiIiBXCajpF3WuIuWCEaKNO/uYeUOXQzAKPUcHJ5R1PW
        lIUwe9XJXLeslOQ26E0z4lwDnMRM8TcHoWMcE4GzxIjGRUNr9lTm
        -----END CERTIFICATE-----
        """

    /// The certificate of whoever signs.
    static let leaf = """
        -----BEGIN CERTIFICATE-----
        MIIDVjCCAj6gAwIBAgIBAjANBgkqhkiG9w0BAQsFADAbMRkwFwYDVQQDDBBCdXNr
        ZXIgVGVzdCBSb290MB4XDTAwMDEwMTAwMDAwMFoXDTQ5MTIzMTIzNTk1OVowLjEs
        MCoGA1UEAwwjbWVzc2FnZXZlcmlmaWNhdGlvbmNlcnRzLnBheXBhbC5jb20wggEi
        MA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQC3mh9mQ3kQOTAhCHZEEc6fAHKH
        kLy/bLIqrwKRgSmGEnj2Cy1yCEiFAUMSBQ3+JmBZ12RaHVJdssNfKc1OHraXKb7U
        rlowy765nfEQaxBe+LE1cbGFI4xbdhFjNRivhcrA7DTACPmc/qDoQS4FzKMBRa8M
        z9g36v4vIRgx5OtgaIscqGZBCOg1CTaR12Db8We4G0WFILHrq6mCFQxn9NNk93Wr
        TEh6AEne5B3jcsIBr849OKCS3nPiKD/Nq0NmPZbQ5rmS0ODjbRCAOUp+UHat/u1j
        4vIVoFPfp1yrJ1D76VAjrUia4mNu6H2fZ+XTOCZ966rKD/g1eAtsHcyuYoB7AgMB
        AAGjgZEwgY4wDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwLgYDVR0RBCcw
        JYIjbWVzc2FnZXZlcmlmaWNhdGlvbmNlcnRzLnBheXBhbC5jb20wHQYDVR0OBBYE
        FO7vIsFCfVR7ZnzmdocshQrXVmZ5MB8GA1UdIwQYMBaAFA4lKZqldNz1W83iaBYt
        LJAM404kMA0GCSqGSIb3DQEBCwUAA4IBAQBa2jFp8/aIKIfDdgVj0f0dVB/3t3aa
        dWd1nvP+8LXHirxl9AUhBC0NMYbuJzlsA/wuNdSP856pjCAzKGR2UHBwtKNiQUXM
        jVHrDOgILwzpMQoqwAq/kvQvvRxH8RC07E1DzGh5thzD3jXe0APSm4A69SUFhGIv
        2ltOvBdsTXTb+jBiGfnrj2sEiVyVJF7/Xi3i1cjzSxCRQ0ulYQAXBHneGHFs2/aK
        uvDRCa+3drT0DsbHJKB2mCxD1esI1CsEPmugIXvd8ulg3zx5eT9Cj0cuLTU6MQaP
        09AqbbSCPLDwwOizUVDP+s/0QxDTG4z9e0cakreCt3ZU/riapBMHjAuc
        -----END CERTIFICATE-----
        """

    /// Its key.
    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC3mh9mQ3kQOTAh
        CHZEEc6fAHKHkLy/bLIqrwKRgSmGEnj2Cy1yCEiFAUMSBQ3+JmBZ12RaHVJdssNf
        Kc1OHraXKb7Urlowy765nfEQaxBe+LE1cbGFI4xbdhFjNRivhcrA7DTACPmc/qDo
        QS4FzKMBRa8Mz9g36v4vIRgx5OtgaIscqGZBCOg1CTaR12Db8We4G0WFILHrq6mC
        FQxn9NNk93WrTEh6AEne5B3jcsIBr849OKCS3nPiKD/Nq0NmPZbQ5rmS0ODjbRCA
        OUp+UHat/u1j4vIVoFPfp1yrJ1D76VAjrUia4mNu6H2fZ+XTOCZ966rKD/g1eAts
        HcyuYoB7AgMBAAECggEADrtQmql+TMVx7ayapLKTFCH6jpMX+foUP6WEPL2S4d2Y
        lBFoh5ZPj1B/G7KJIWPd5keIl0xz/+2ojHmzrfl76Bwi4jjNJs4qUwVvwsP8b8pf
        mayyND8ac3pBQecQQIEpOBqbzu7JbIXnzkrwkOmPCLqZJZuFu1LhK1Hp+ZLnKfiG
        WRVoExtW+NmMbDJFAVnxaG1HUimkKTOUXN1uKwzVAUTbxYfk+2rjBt97SmD+sjgJ
        GN39pzRJIuaWJMyXZcCI/DH+DfWBBwML78iDQuQ79Z4JQGW6cGzUcD/1UiyqrPRu
        nqsHY3eZdfq7eTG3QZBFFljEQuwyZ9T+hTT/iDOXQQKBgQD4JHFtfGCKM0al7iE3
        CSwKPvJ1alxWeNmR9ztRrilQ/r/yJ78ES6AM1y8HUHeISxGOVPqiGep6AcJbo3ot
        b9E27wyJcmR2RBg5PBwNzkk0EIveJyNzSa0CbF9l19gIXKJwFGp/cT9UW9VL26dV
        K3nejhnYhbK+K981WrQz57CPQQKBgQC9anxi2RWbtBXMwE20OTPjMA19WJ7nd/5j
        9AQbPa1rqMwwnKoJk2yO1FJsh+qYtT5mz0mtTusM7UnGTaVbE2rak6TeK8nEWDOq
        dimyoIXkZWpaBItdGbuhoKJp9Fd+e+19TRTHC40nrhKQVcrQtWXKyo9Qo51Zxwcc
        TtNGr87cuwKBgQDdiEOPuIPDvgVrrA4RQWoE96+kbcFkHd43914JDRCr09NvkFZz
        skSAUjgVMpyUnFhfFrTvtW1lYV6wS2GPYQ2KGp65stvHzgFGT8jH9ovaJI+KVKzM
        h1EjIbeFh87BoFoQ79koT+V3HcluQPrCCd9ydrDSYoJyT16mFoVc9ZLmQQKBgGG3
        Gn4gAW62w3xCRJPR4ru0IXFlk2xT0c+cpbWr5tggV15Io8uW2yz/yZmlsFehQJTn
        INogWU/s5d9AVSqb5Mbn3eijbE43Nkgc9zvoZcpCq0/PAlpAGTSzWrYQUEa3Bfhb
        GHnqsqIiwf7l02BCBEZOowp1rYoQC9IFtCbGMZBbAoGAGaeXVeE+bb2wulOF/qsT
        sMEvea21r/qDCBASwqelAy9zjwm9vJASb83bIZz4foSKHp9ewZq8xHak1EtrblQw
        ULC7sO4ZG1q+/AQAXRNj8zhWeBpfl+3W9o11WFoSFKiMQgBiLkimMNG4MvUYc0p8
        pbD8z93sd3s2d5NHO8THv3o=
        -----END PRIVATE KEY-----
        """
}
