using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Says what the root task gives the store and the load, and what it has them do.</summary>
/// <param name="argument">What a task starts with.</param>
internal readonly struct KvLayout(ulong argument)
{
    /// <summary>Slot of the endpoint, to receive from or to call.</summary>
    public const ulong Endpoint = BrokerLayout.FirstFree;

    /// <summary>Calls of a measurement, by all callers together.</summary>
    public const int Calls = 1920;

    private const int WordsShift = 8;
    private const int WorkShift = 16;

    /// <summary>Gets what the task does.</summary>
    public KvRole Role => (KvRole)argument;

    /// <summary>Gets how many words it fills synchronous messages up to, if they have fewer.</summary>
    public int Words => (byte)(argument >> WordsShift);

    /// <summary>Gets how many instructions the store works before it looks at a request.</summary>
    public ulong Work => argument >> WorkShift;

    /// <summary>Makes the argument of a task.</summary>
    public static ulong ArgumentOf(KvRole role, uint words, ulong work) => (ulong)role | (words << WordsShift) | (work << WorkShift);

    /// <summary>Spans the calling thread's message words.</summary>
    public static unsafe Span<byte> SynchronousMessage => new(SeL4.GetIPCBuffer()->Message, (int)Limits.MessageWords * sizeof(ulong));

    /// <summary>Describes a synchronous message.</summary>
    public MessageInfo Describe(ushort label, int bytes) => new(label, 0, 0, (uint)Math.Max(Words, (bytes + sizeof(ulong) - 1) / sizeof(ulong)));
}
