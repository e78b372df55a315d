import Testing

@testable import Files

struct MountTableTests {
    @Test func namesAreReadAsTheyAre() {
        let lines = """
            22 1 0:20 / / rw,relatime - overlay overlay rw
            30 22 0:25 / /srv/with\\040space rw shared:7 - tmpfs tmpfs rw,size=64m
            31 22 8:1 /a /srv/back\\134slash rw - ext4 /dev/sda1 rw
            short line

            """
        #expect(
            MountTable(parsing: Array(lines.utf8)).points
                == [Path("/"), Path("/srv/with space"), Path("/srv/back\\slash")]
        )
    }

    @Test func thisMachineHasARoot() throws {
        #expect(try MountTable().points.contains(Path("/")))
    }
}
