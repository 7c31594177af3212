using Rel4.Abi;

namespace Rel4.Metal.User;

/// <summary>Says what the root task gives each of its tasks, and what it has them do.</summary>
internal static class PairLayout
{
    /// <summary>Slot of the endpoint, to receive from or to call.</summary>
    public const ulong Endpoint = BrokerLayout.FirstFree;

    /// <summary>Slot of the notification by which it signals the other.</summary>
    public const ulong Other = BrokerLayout.FirstFree + 1;

    /// <summary>Calls that each coroutine makes, if nothing else is said.</summary>
    public const int CallsOfOne = 1000;

    /// <summary>The priority of tasks.</summary>
    public const ulong Priority = 100;

    /// <summary>The bits by which the second task signals the first, and the first the second; and the root task either.</summary>
    public const int FirstBit = BrokerLayout.FirstSignal, SecondBit = BrokerLayout.FirstSignal + 1, GoBit = BrokerLayout.FirstSignal + 2;

    /// <summary>Makes the argument of a task.</summary>
    /// <param name="role">What it does.</param>
    /// <param name="count">With how many coroutines, or how often.</param>
    /// <param name="calls">Calls that each coroutine makes.</param>
    public static ulong ArgumentOf(PairRole role, int count = 1, int calls = CallsOfOne) => (ulong)role | ((ulong)(uint)count << 8) | ((ulong)calls << 40);
}
