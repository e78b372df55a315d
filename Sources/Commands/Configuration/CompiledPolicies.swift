// Written by scripts/generate; change the text files instead.

/// The retention policies that need no file.
enum CompiledPolicies {
    /// `retention/nightly.yaml`.
    static let nightly = ###"""
        # The policy for a stack that is backed up every night.
        keep:
          daily: 7
          weekly: 4
          monthly: 6
        safety:
          last: 3
          within: 14d
        keep_verified: 3
        trash_days: 7

        """###

    /// `retention/releases.yaml`.
    static let releases = ###"""
        # The policy for a stack that is deployed by TAG and may have to return to an old one:
        # like nightly, and besides that the newest snapshot of every TAG and the recent ones taken
        # before a deployment or a migration.
        keep:
          daily: 7
          weekly: 4
          monthly: 6
          yearly: 2
        per_tag:
          last: 1
        per_reason:
          pre-deploy:
            last: 10
          pre-migration:
            last: 5
            within: 90d
        safety:
          last: 3
          within: 14d
        keep_verified: 3
        trash_days: 7

        """###

    /// `retention/safety.yaml`.
    static let safety = ###"""
        # The smallest policy that still leaves a way back: for a small disk, or for a stack whose
        # history is kept elsewhere.
        keep:
          last: 3
          within: 14d
        safety:
          last: 3
          within: 14d
        keep_verified: 3
        trash_days: 7

        """###
}
