namespace Rel4.Abi;

/// <summary>Names a fault; the label of a fault message (<c>libsel4/arch_include/x86/sel4/arch/shared_types.bf</c>).</summary>
public enum FaultType : ulong
{
    /// <summary>No fault.</summary>
    None = 0,

    /// <summary>A capability was missing. Words: <c>IP</c>, address, 1 if receiving, the lookup failure.</summary>
    CapFault = 1,

    /// <summary>A system call number is unknown. Words: registers <c>rax</c> to <c>r15</c>, <c>IP SP FLAGS</c>, the number.</summary>
    UnknownSyscall = 2,

    /// <summary>The processor raised an exception. Words: <c>IP SP FLAGS</c>, vector, code.</summary>
    UserException = 3,

    /// <summary>A page was missing or forbidden. Words: <c>IP</c>, address, 1 if fetching, the error code.</summary>
    VMFault = 5,
}
