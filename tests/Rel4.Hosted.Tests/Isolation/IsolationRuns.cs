using Rel4.Hosted.Probe.Isolation;
using Rel4.Hosted.Tests.Sandbox;

namespace Rel4.Hosted.Tests.Isolation;

/// <summary>Runs each system of <see cref="IsolationSystem"/> once, in a process of its own, and keeps what its intruder found.</summary>
public sealed class IsolationRuns : IDisposable
{
    private readonly ProbeFiles _files = new();
    private readonly Dictionary<StartedBy, Lazy<Dictionary<string, string>>> _attackers;
    private readonly Lazy<Dictionary<string, string>> _owner;
    private readonly Lazy<Dictionary<string, string>> _outside;

    public IsolationRuns()
    {
        _attackers = Enum.GetValues<StartedBy>().ToDictionary(by => by, by => Later(() => Run(by, IsolationSystem.Attacker)));
        _owner = Later(() => Run(StartedBy.Caller, IsolationSystem.Owner));
        _outside = Later(RunOutside);
    }

    /// <summary>Gets what was tried with the rights to do it, and what came of it.</summary>
    internal Dictionary<string, string> OfOwner => _owner.Value;

    /// <summary>Gets what was tried by a process without a sandbox on another.</summary>
    internal Dictionary<string, string> OutsideASystem => _outside.Value;

    /// <summary>Gets what was tried without the rights to do it.</summary>
    internal Dictionary<string, string> OfAttacker(StartedBy by) => _attackers[by].Value;

    /// <inheritdoc/>
    public void Dispose() => _files.Dispose();

    private static Lazy<Dictionary<string, string>> Later(Func<Dictionary<string, string>> run) => new(run);

    private Dictionary<string, string> Run(StartedBy by, string intruder) =>
        Parse(UnsandboxedProbe.Run(_files, by, "isolation", intruder));

    private Dictionary<string, string> RunOutside()
    {
        using UnsandboxedProbe other = UnsandboxedProbe.Start(_files, StartedBy.Caller, "idle");
        return Parse(UnsandboxedProbe.Run(_files, StartedBy.Caller, "trespass", other.ReadLine()));
    }

    private static Dictionary<string, string> Parse(string[] lines) =>
        lines.Select(line => line.Split('=', 2)).Where(parts => parts.Length == 2).ToDictionary(parts => parts[0], parts => parts[1]);
}
