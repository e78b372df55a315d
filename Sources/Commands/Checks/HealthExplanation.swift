internal import Deployments
internal import Monitoring

/// Why a stack is not healthy, in the order in which a person would look.
struct HealthExplanation {
    let driver: ComposeDriver
    let checks: [Check]

    private static let lineCount = 200
    private static let signs = [
        "error", "fatal", "exception", "traceback", "panic", "refused", "denied", "cannot",
        "failed",
    ]

    /// Containers first, then the first error of each that fails, then what the answers say.
    var lines: [String] {
        let failed = checks.filter { $0.verdict == .fail }
        if failed.isEmpty { return [] }
        var lines = ["", "Why, in the order to look:"]
        let containers: [Container]
        do throws(DeploymentError) {
            containers = try driver.containers()
        } catch {
            return lines + ["1. containers: \(error.message)"]
        }
        lines.append("1. containers")
        lines += containers.map { container in
            "   \(container.service): \(container.state)"
                + (container.health.map { ", \($0)" } ?? "")
                + (container.isUp ? "" : ", ended with \(container.exitCode)")
                + (container.restartCount > 0 ? ", restarted \(container.restartCount) times" : "")
        }
        lines.append("2. first error in the log of each service that fails")
        let names = Set(failed.compactMap(\.subject))
        for container in containers where names.contains(container.service) {
            lines.append("   \(container.service): \(firstError(container))")
        }
        lines += section("3. databases", containers) {
            ServiceKind(image: $0.imageName).data != nil
        }
        lines += section("4. proxies", containers, Self.isProxy)
        let refused = failed.filter {
            $0.message.contains("answers 401") || $0.message.contains("answers 403")
        }
        lines.append("5. authorization")
        lines +=
            refused.isEmpty
            ? ["   no answer refuses a token"]
            : refused.map { "   \($0.subject ?? "-"): \($0.message)" }
        return lines
    }

    private func section(
        _ title: String,
        _ containers: [Container],
        _ belongs: (Container) -> Bool
    ) -> [String] {
        let found = containers.filter(belongs)
        if found.isEmpty { return ["\(title)", "   none among the services"] }
        return [title]
            + found.map { container in
                let isWell = container.state == "running" && container.health != "unhealthy"
                return "   \(container.service): "
                    + (isWell ? "runs" : "does not run well: \(firstError(container))")
            }
    }

    private static func isProxy(_ container: Container) -> Bool {
        ["nginx", "traefik", "caddy", "haproxy", "envoy", "litellm", "proxy", "gateway"].contains {
            container.service.contains($0) || container.imageName.contains($0)
        }
    }

    /// The first line that looks like an error, without values of the env file.
    private func firstError(_ container: Container) -> String {
        do throws(DeploymentError) {
            let lines = try driver.engine.lastLines(container.id, lineCount: Self.lineCount)
            let found = lines.first { line in
                let text = line.lowercased()
                return Self.signs.contains(where: text.contains)
            }
            guard let line = found ?? lines.last else { return "its log is empty" }
            return String(driver.redaction.cleaned(line).prefix(300))
        } catch {
            return error.message
        }
    }
}
