internal import Arguments
internal import Deployments
internal import Documents
internal import Retention

extension SettingDecoder {
    /// Finds values that are right one by one but do not go together.
    mutating func check(_ root: Setting) {
        let components = root.find("components")?.fields ?? []
        for component in components {
            checkCertificate(component)
            checkName(component)
        }
        for name in root.find("archives")?.find("components")?.items ?? [] {
            checkReference(name, to: components.map(\.name))
        }
        for check in root.find("health")?.fields ?? [] { checkMethod(check.setting) }
        for check in root.find("smoke")?.items ?? [] { checkMethod(check) }
        if let disk = root.find("preflight")?.find("disk") { checkOrder(disk) }
        if let retention = root.find("retention") { checkRetention(retention) }
    }

    /// What runs is kept under this name, so no data can be.
    private mutating func checkName(_ component: Setting.Field) {
        guard component.name == DeploymentRecord.componentName else { return }
        let text =
            "components: every snapshot keeps under the name \"\(component.name)\" what runs; "
            + "choose another one"
        report(.wrongValue, at: component.setting.origin, text)
    }

    private mutating func checkCertificate(_ component: Setting.Field) {
        let certificate = component.setting.find("client_cert")
        let key = component.setting.find("client_key")
        guard (certificate == nil) != (key == nil), let given = certificate ?? key else { return }
        let text = "components.\(component.name): client_cert and client_key go together"
        report(.contradiction, at: given.origin, text)
    }

    private mutating func checkReference(_ name: Setting, to components: [String]) {
        guard let word = name.text, !components.contains(word) else { return }
        let near = nearestNames(to: word, among: components)
        let hint = near.isEmpty ? "" : "; did you mean \(near.joined(separator: " or "))?"
        let text = "archives.components: no component \(YAMLText.excerpt(word))\(hint)"
        report(.contradiction, at: name.origin, text)
    }

    private mutating func checkMethod(_ check: Setting) {
        guard let method = check.find("method"), let name = method.text,
            !HTTPCheck.readingMethods.contains(name),
            case .flag(false)? = check.find("safe")?.content
        else { return }
        let text = "\(name) may change something; say \"safe: true\" if it does not"
        report(.contradiction, at: method.origin, text)
    }

    private mutating func checkOrder(_ disk: Setting) {
        guard let warn = disk.find("warn"), let fail = disk.find("fail"),
            fail.sizeBytes > warn.sizeBytes
        else { return }
        let place = fail.origin == .standard ? warn.origin : fail.origin
        let text = "preflight.disk: fail must not be more than warn"
        report(.contradiction, at: place, text)
    }

    private mutating func checkRetention(_ retention: Setting) {
        guard let name = retention.text else {
            checkPolicy(retention, under: "retention.")
            return
        }
        guard !RetentionPolicyFile.isPath(name) else { return }
        let known = RetentionPolicyFile.compiled.map(\.name)
        guard !known.contains(name) else { return }
        let near = nearestNames(to: name, among: known)
        let names = (near.isEmpty ? known : near).joined(separator: " or ")
        let text = "retention: no policy \(YAMLText.excerpt(name)); did you mean \(names)?"
        report(.wrongValue, at: retention.origin, text)
    }

    /// Reports a policy whose values are impossible at the value in question.
    mutating func checkPolicy(_ policy: Setting, under prefix: String) {
        guard problems.isEmpty else { return }
        do throws(RetentionError) {
            _ = try RetentionPolicyFile.policy(policy)
        } catch {
            var culprit = policy
            for key in error.rule.split(separator: ".") {
                culprit = culprit.find(String(key)) ?? culprit
            }
            let place = culprit.origin == .standard ? policy.origin : culprit.origin
            report(.wrongValue, at: place, "\(prefix)\(error.message)")
        }
    }
}
