using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Counts what a bystander is served. Each has one writer.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
internal struct BystanderLine
{
    /// <summary>Calls that were answered.</summary>
    public long Calls;

    /// <summary>Calls that failed.</summary>
    public long Errors;

    /// <summary>The longest wait before the attack, in ticks of the stopwatch.</summary>
    public long LongestBefore;

    /// <summary>The longest wait that ended during the attack.</summary>
    public long LongestDuring;

    /// <summary>When the call under way began; 0 if there is none.</summary>
    public long Since;

    /// <summary>Notes that a call begins.</summary>
    public void Begin() => Volatile.Write(ref Since, Stopwatch.GetTimestamp());

    /// <summary>Notes that it has been answered.</summary>
    public void End(bool isAttacked)
    {
        ref long longest = ref isAttacked ? ref LongestDuring : ref LongestBefore;
        longest = Math.Max(longest, Stopwatch.GetTimestamp() - Since);
        Volatile.Write(ref Since, 0);
        Volatile.Write(ref Calls, Calls + 1);
    }

    /// <summary>Notes that it has failed.</summary>
    public void Fail()
    {
        Volatile.Write(ref Since, 0);
        Volatile.Write(ref Errors, Errors + 1);
    }
}
