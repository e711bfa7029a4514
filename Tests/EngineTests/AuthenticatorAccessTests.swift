import Testing

@testable import Engine

@Suite struct `What Crossbar's logins may read` {
    private static let columns = ["id", "email", "password", "rolee", "passport"]

    private func kopnik(_ given: [String: [String]]) -> [AuthenticatorAccess.Column] {
        Self.columns.map { AuthenticatorAccess.Column(table: "Kopnik", column: $0, given: given[$0] ?? []) }
    }
    private static let right = ["email": ["SELECT"], "password": ["SELECT"], "rolee": ["SELECT"]]

    @Test func `is nothing where the tables are not there`() {
        let access = AuthenticatorAccess([])
        #expect(access.missing.isEmpty && access.excess.isEmpty)
        #expect(AuthenticatorAccess.statements([]) == "")
    }

    @Test func `is given where the tables are new`() {
        let access = AuthenticatorAccess(kopnik([:]))
        #expect(access.missing == ["Kopnik": ["email", "password", "rolee"]] && access.excess.isEmpty)
        #expect(
            AuthenticatorAccess.statements(kopnik([:])) == """
                REVOKE ALL ON public."Kopnik" FROM crossbar;
                GRANT SELECT (email, password, rolee) ON public."Kopnik" TO crossbar;

                """)
    }

    @Test func `is left alone where it is right`() {
        let access = AuthenticatorAccess(kopnik(Self.right))
        #expect(access.missing.isEmpty && access.excess.isEmpty)
        #expect(AuthenticatorAccess.statements(kopnik(Self.right)) == "")
    }

    @Test(arguments: [("passport", "SELECT"), ("password", "UPDATE"), ("id", "whole"), ("email", "whole")])
    func `is too much where it is more than a login needs`(column: String, right: String) {
        var given = Self.right
        given[column, default: []].append(right)
        #expect(AuthenticatorAccess(kopnik(given)).excess == ["Kopnik"])
        #expect(AuthenticatorAccess.statements(kopnik(given)).hasPrefix("REVOKE ALL ON public.\"Kopnik\""))
    }
}
