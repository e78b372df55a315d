<#
.SYNOPSIS
The look before a deployment: PASS, WARN or FAIL for each check, exit code 23 where one fails.

.DESCRIPTION
Calls `recover preflight`, on Windows through WSL, where the stack and the program are.

.PARAMETER EnvFile
The env file to look at; the one of recover.yaml where it is left out.

.PARAMETER Configuration
The recover.yaml; found from the working folder upwards where it is left out.

.EXAMPLE
scripts/preflight_all.ps1 -EnvFile .env.prod
#>
param(
    [string]$EnvFile = "",
    [string]$Configuration = ""
)
$onWindows = [System.Environment]::OSVersion.Platform -eq "Win32NT"

function ConvertTo-StackPath([string]$path) {
    # WSL knows a file of Windows by another name; slashes survive the way there, backslashes do not.
    if (-not $onWindows) { return $path }
    $full = (Resolve-Path -LiteralPath $path -ErrorAction SilentlyContinue)
    $name = if ($full) { $full.Path } else { $path }
    return (& wsl.exe wslpath -a ($name -replace '\\', '/'))
}

$words = @()
if ($Configuration) { $words += @("--config", (ConvertTo-StackPath $Configuration)) }
$words += "preflight"
if ($EnvFile) { $words += @("--env-file", (ConvertTo-StackPath $EnvFile)) }
if ($onWindows) { & wsl.exe recover @words } else { & recover @words }
exit $LASTEXITCODE
