import Foundation

/// How the first person is written into a database that has nobody, with the lands down to that person's house. All others register by
/// themselves and are verified by this one: data, for the tables of one source.
public struct FirstPerson: Sendable, Equatable {
    /// One land above another.
    public struct Level: Sendable, Equatable {
        /// What it is called when it is asked for, such as `country`.
        public var name: String
        /// The number by which the source tells levels apart.
        public var number: Int
        /// The name of the land that is taken unasked.
        public var usual: String?
        /// Whether a house may have none, as the houses of a city that belongs to no region.
        public var isOptional = false
    }

    /// From the topmost land down to the house.
    public var levels: [Level]
    /// Nobody younger is taken by the source.
    public var leastAge: Int
    /// SQL that answers `t` where there is nobody yet.
    public var isNobodyThere: String
    /// SQL that does it, within one transaction; it finds what is wished for in `kopnik_wish`, one row with one column of JSON.
    public var statements: String

    /// The failure that the SQL raises where somebody is there already.
    public static let somebody = "kopnik: somebody is there"

    /// Who it is to be.
    public struct Wish: Sendable, Encodable {
        /// A land by name and level.
        public struct Land: Sendable, Encodable {
            /// Without what kind of land it is, such as `Сургут`.
            public var name: String
            /// A level's number.
            public var level: Int

            public init(name: String, level: Int) {
                self.name = name
                self.level = level
            }
        }

        /// The first name.
        public var name: String
        /// The family's name.
        public var surname: String
        /// `nil` for people who have none.
        public var patronymic: String?
        /// By which this person logs in.
        public var email: String
        /// The year.
        public var birth: Int
        /// As much of its number as the source asks for.
        public var passport: String
        /// From the topmost land down to the house.
        public var lands: [Land]
        /// The hash of the password, by bcrypt.
        public var password: String

        /// The hash comes last, when all else is right.
        public init(
            name: String, surname: String, patronymic: String?, email: String, birth: Int, passport: String,
            lands: [Land], password: String = ""
        ) {
            self.name = name
            self.surname = surname
            self.patronymic = patronymic
            self.email = email
            self.birth = birth
            self.passport = passport
            self.lands = lands
            self.password = password
        }
    }

    /// What psql is to be given: all or nothing.
    public func script(_ wish: Wish) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(wish), as: UTF8.self)
        // In a string of standard SQL a quote is doubled and nothing else means anything (manual, 4.1.2.1).
        return """
            SET standard_conforming_strings = on;
            BEGIN;
            CREATE TEMP TABLE kopnik_wish ON COMMIT DROP AS SELECT '\(text.replacing("'", with: "''"))'::jsonb AS person;
            \(statements)
            COMMIT;

            """
    }
}

extension FirstPerson {
    /// kp-server of 2017: what its models and their hooks write when a person is made (`src/model/Kopnik.js`, `Zemla.js`).
    static let wamp = FirstPerson(
        // The levels are those of FIAS, as its importer and the pages of registration know them; the world is what its init.js names it.
        levels: [
            Level(name: "world", number: -1, usual: "Земля"), Level(name: "country", number: 0),
            Level(name: "region", number: 1, isOptional: true), Level(name: "town", number: 4),
            Level(name: "street", number: 7), Level(name: "house", number: 99),
        ],
        leastAge: 30, isNobodyThere: #"SELECT NOT EXISTS (SELECT FROM "Kopnik")"#,
        statements: """
            LOCK TABLE "Kopnik", "Zemla" IN SHARE ROW EXCLUSIVE MODE;
            DO $kopnik$
            DECLARE
                asked jsonb := (SELECT w.person FROM kopnik_wish w);
                one jsonb;
                above "Zemla";
                land "Zemla";
                country bigint;
                lands bigint[] := '{}';
                first bigint;
            BEGIN
                IF EXISTS (SELECT FROM "Kopnik") THEN RAISE EXCEPTION '\(somebody)'; END IF;
                FOR one IN SELECT jsonb_array_elements(asked->'lands') LOOP
                    SELECT z.* INTO land FROM "Zemla" z WHERE z.name = one->>'name' AND z.level = (one->>'level')::int
                        AND z.parent_id IS NOT DISTINCT FROM above.id AND z.deleted_at IS NULL ORDER BY z.id LIMIT 1;
                    IF NOT FOUND THEN
                        INSERT INTO "Zemla" (name, level, path, parent_id, country_id, created_at, updated_at)
                        VALUES (one->>'name', (one->>'level')::int, coalesce(above.path || above.id || '/', '/'), above.id,
                            country, now(), now())
                        RETURNING * INTO land;
                    END IF;
                    lands := lands || land.id;
                    IF land.level = 0 THEN country := land.id; END IF;
                    above := land;
                END LOOP;
                INSERT INTO "Kopnik" (rolee, email, password, name, surname, patronymic, birth, passport, dom_id, created_at, updated_at)
                VALUES ('kopnik', asked->>'email', asked->>'password', asked->>'name', asked->>'surname', asked->>'patronymic',
                    (asked->>'birth')::int, asked->>'passport', above.id, now(), now())
                RETURNING id INTO first;
                INSERT INTO "KopnikTree" (starshii_id, mladshii_id, created_at, updated_at) VALUES (first, first, now(), now());
                UPDATE "Zemla" SET "obshinaSize" = "obshinaSize" + 1, updated_at = now() WHERE id = ANY (lands);
                UPDATE "Zemla" SET verifier_id = first WHERE id = lands[1];
            END $kopnik$;
            """)
}
