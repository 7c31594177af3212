using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Describes why the lookup of a capability failed (manual section "Lookup Failure Description").</summary>
public readonly unsafe struct LookupFailure
{
    private readonly ulong _word2;
    private readonly ulong _word3;

    private LookupFailure(LookupFailureType type, ulong bitsLeft, ulong word2, ulong word3)
    {
        Type = type;
        BitsLeft = bitsLeft;
        _word2 = word2;
        _word3 = word3;
    }

    /// <summary>Gets the kind of failure; the other properties are 0 where they say nothing about it.</summary>
    public LookupFailureType Type { get; }

    /// <summary>Gets the bits of the address that were left at the CNode where it failed.</summary>
    public ulong BitsLeft { get; }

    /// <summary>Gets the bits that this CNode resolves, for a <see cref="LookupFailureType.DepthMismatch"/>.</summary>
    public ulong BitsFound => Type == LookupFailureType.DepthMismatch ? _word2 : 0;

    /// <summary>Gets the guard of this CNode, for a <see cref="LookupFailureType.GuardMismatch"/>.</summary>
    public ulong Guard => Type == LookupFailureType.GuardMismatch ? _word2 : 0;

    /// <summary>Gets the bits of this guard.</summary>
    public ulong GuardSize => Type == LookupFailureType.GuardMismatch ? _word3 : 0;

    /// <summary>Reads a description out of the message.</summary>
    /// <param name="type">Its first word.</param>
    /// <param name="next">
    /// The message word behind that, the first that may lie in the IPC buffer only; without one the rest is unknown.
    /// </param>
    internal static LookupFailure Read(ulong type, int next)
    {
        IpcBuffer* buffer = UserMachine.Buffer;
        if (buffer == null)
            return new((LookupFailureType)type, 0, 0, 0);
        ulong* words = &buffer->Message[next];
        return new((LookupFailureType)type, words[0], words[1], words[2]);
    }
}
