using System.Collections.Immutable;

namespace Rel4.Hosted.Linux;

/// <summary>Says what a filter does about some system calls, and why.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Verdict">What it does.</param>
/// <param name="Calls">The calls.</param>
internal sealed record SystemCallRule(string Reason, FilterVerdict Verdict, ImmutableArray<SystemCallNumber> Calls);

/// <summary>Is what a filter does about a call.</summary>
/// <param name="Error">The error that a call fails with if it is not allowed.</param>
internal abstract record FilterVerdict(LinuxError Error)
{
    /// <summary>Allows a call.</summary>
    internal sealed record Allow() : FilterVerdict(LinuxError.None);

    /// <summary>Refuses a call.</summary>
    /// <param name="Error">The error that it fails with.</param>
    internal sealed record Refuse(LinuxError Error) : FilterVerdict(Error);

    /// <summary>Allows a call if all tests of one of the alternatives pass.</summary>
    /// <param name="Alternatives">The alternatives.</param>
    /// <param name="Error">The error that it fails with otherwise.</param>
    internal sealed record AllowIf(ImmutableArray<ImmutableArray<ArgumentTest>> Alternatives, LinuxError Error) : FilterVerdict(Error);

    /// <summary>Allows a call whose first argument is the number of the process that the filter is for.</summary>
    internal sealed record AllowOnItself() : FilterVerdict(LinuxError.EPERM);
}
