import CSQLite
import Glibc
import Testing

@testable import Databases

struct DatabaseErrorTests {
    @Test(arguments: [
        (SQLITE_FULL, Int32(0), DatabaseError.Code.full), (SQLITE_IOERR, ENOSPC, .full),
        (SQLITE_IOERR, EIO, .io), (SQLITE_IOERR | 1 << 8, 0, .io),
        (SQLITE_CANTOPEN, ENOENT, .missing), (SQLITE_CANTOPEN, EACCES, .permission),
        (SQLITE_CANTOPEN, 0, .cannotOpen), (SQLITE_BUSY | 2 << 8, 0, .locked),
        (SQLITE_READONLY | 3 << 8, 0, .hotJournal), (SQLITE_READONLY, 0, .readOnly),
        (SQLITE_CORRUPT | 1 << 8, 0, .corrupt), (SQLITE_NOTADB, 0, .notADatabase),
        (SQLITE_INTERRUPT, 0, .interrupted), (SQLITE_ERROR, 0, .other),
    ])
    func sortsCodes(_ extended: Int32, _ number: Int32, _ code: DatabaseError.Code) {
        #expect(DatabaseError.code(extended, number) == code)
    }

    @Test func namesPathAndCause() {
        let error = DatabaseError(
            extendedCode: SQLITE_CANTOPEN,
            systemNumber: ENOENT,
            words: "unable to open",
            action: "open",
            path: [0x2F, 0xFF]
        )
        #expect(
            error.description
                == "cannot open /\\xff: SQLite: unable to open (code 14), No such file or directory"
        )
    }
}
