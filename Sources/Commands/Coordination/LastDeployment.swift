internal import Operations

/// What the journal knows of deployments.
enum LastDeployment {
    /// The TAG that was noted before another one; nil where there is none.
    static func tag(before tag: String, _ state: StateFolder) -> String? {
        let outcomes = (try? OutcomeLog(in: state.path).read().records) ?? []
        return outcomes.last { outcome in
            let isOther = outcome.facts.tag != nil && outcome.facts.tag != tag
            return isOther && outcome.result == .done
                && ["restore", "rollback", "deploy-record"].contains(outcome.verb)
        }?.facts.tag
    }
}
