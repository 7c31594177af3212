using System.Diagnostics;
using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Ends the machine if a system call broke an invariant, in a kernel that was built with <c>-p:CheckInvariants=true</c>.</summary>
internal static unsafe class Guard
{
    private const string Symbol = "CHECK_INVARIANTS";
    private const ulong ChecksPerLine = 1000;

    // The root task's CNode: its first thread begins every list of capabilities there.
    private static Slot* s_heads;
    private static ulong s_count;
    private static InvocationLabel s_label;
    private static ulong s_checks;

    /// <summary>Takes note of where all capabilities are found from.</summary>
    [Conditional(Symbol)]
    public static void Start(KernelState* kernel)
    {
        ref readonly Capability root = ref kernel->Shared->RootThread->CSpaceRoot.Cap;
        s_heads = root.Slots;
        s_count = 1UL << root.Bits;
    }

    /// <summary>Checks what must hold when a thread has entered.</summary>
    [Conditional(Symbol)]
    public static void CheckProcessor(KernelState* kernel)
    {
        Violation found = ProcessorState.Find(kernel);
        if (found != Violation.None)
            Panic.Invariant(found, s_label);
    }

    /// <summary>Takes note of the method that the current thread invokes, if it invokes one.</summary>
    [Conditional(Symbol)]
    public static void Enter(KernelState* kernel) =>
        s_label = MethodLabels.Read(kernel, new MessageInfo(kernel->Current->Context.Rsi).Label);

    /// <summary>Checks behind methods that make, move, change or delete what the invariants speak of.</summary>
    [Conditional(Symbol)]
    public static void Leave()
    {
        if (!MayChange(s_label))
            return;
        Violation found = MachineInvariants.Find(s_heads, s_count);
        if (found != Violation.None)
            Panic.Invariant(found, s_label);
        if (++s_checks % ChecksPerLine != 0)
            return;
        Serial.Print("rel4: the invariants held behind "u8);
        Serial.Print(s_checks);
        Serial.Print(" system calls\n"u8);
    }

    /// <summary>Tells whether a method may change what the invariants speak of: those behind all that make interrupts and ports, and those that only read, don't.</summary>
    private static bool MayChange(InvocationLabel label) => label is not (
        InvocationLabel.Invalid
        or InvocationLabel.X86PageGetAddress
        or (> InvocationLabel.X86IOPortControlIssue and < InvocationLabel.X86IrqIssueIrqHandlerIOApic)
        or > InvocationLabel.X86IrqIssueIrqHandlerMsi);
}
