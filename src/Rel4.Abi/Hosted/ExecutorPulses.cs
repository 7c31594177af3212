using System.Runtime.CompilerServices;

namespace Rel4.Abi;

/// <summary>Has a word for each executor of a process: 0 for none, even and higher with turns while it runs, odd while it sleeps.</summary>
[InlineArray(Count)]
public struct ExecutorPulses
{
    /// <summary>How many executors there are words for.</summary>
    public const int Count = 63;

    private ulong _first;
}
