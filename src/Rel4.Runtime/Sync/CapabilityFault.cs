using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Decodes the message that tells of a capability fault (<c>seL4_CapFault_Msg</c>, manual section "Capability Faults").</summary>
public readonly unsafe struct CapabilityFault
{
    private CapabilityFault(ulong ip, ulong address, bool isReceiving, LookupFailure lookup)
    {
        InstructionPointer = ip;
        Address = address;
        IsReceiving = isReceiving;
        Lookup = lookup;
    }

    /// <summary>Gets the address of the instruction that faulted.</summary>
    public ulong InstructionPointer { get; }

    /// <summary>Gets the capability address that led nowhere.</summary>
    public ulong Address { get; }

    /// <summary>Gets whether it failed in the receiving half of the system call.</summary>
    public bool IsReceiving { get; }

    /// <summary>Gets why the lookup failed.</summary>
    public LookupFailure Lookup { get; }

    /// <summary>Reads the message received last, whose label is <see cref="FaultType.CapFault"/>.</summary>
    /// <remarks>The calling thread must have an IPC buffer.</remarks>
    public static CapabilityFault Read()
    {
        IpcBuffer* buffer = UserMachine.RequireBuffer();
        return Read(buffer->Message[0], buffer->Message[1], buffer->Message[2], buffer->Message[3]);
    }

    /// <summary>Reads the message whose first words are given.</summary>
    internal static CapabilityFault Read(ulong word0, ulong word1, ulong word2, ulong word3) =>
        new(word0, word1, word2 != 0, LookupFailure.Read(word3, 4));
}
