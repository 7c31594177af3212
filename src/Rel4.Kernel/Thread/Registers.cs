using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Reads and writes a thread's registers on behalf of another (manual section "Message Layout of the Read-/Write-Registers Methods").</summary>
internal static unsafe class Registers
{
    /// <summary>The first registers of <see cref="UserContext"/>, which a CopyRegisters calls the frame's; the rest are its integer registers.</summary>
    public const int FrameCount = 18;

    // Arithmetic flags and direction may be chosen; reserved bit 1 and interrupts are always on (Intel SDM vol. 1, 3.4.3).
    private const ulong UserFlags = 0xCD5;

    /// <summary>The flags of a new thread, and what of a thread's nobody chooses.</summary>
    public const ulong FixedFlags = 0x202;

    public static ulong Get(Tcb* thread, int index) => index == 0 ? thread->ContinuationIP : (&thread->Context.Rip)[index];

    public static void Set(Tcb* thread, int index, ulong value) => Set(thread, &thread->Context.Rip + index, value);

    /// <summary>Writes a register of a thread's, named by its address in the TCB.</summary>
    public static void Set(Tcb* thread, ulong* register, ulong value)
    {
        if (register == &thread->Context.Rip || register == &thread->FaultIP)
            thread->SetIP(value);
        else if (register == &thread->Context.Rflags)
            *register = (value & UserFlags) | FixedFlags;
        else
            *register = value;
    }

    /// <summary>Sets a thread's base of segment FS.</summary>
    public static void SetTlsBase<TObjects>(KernelState* kernel, Tcb* caller, Tcb* thread, ulong address)
        where TObjects : struct, IMachineObjects
    {
        if (thread != caller)
        {
            thread->Context.FsBase = address;
            return;
        }

        // What it made of its other base is the processor's still.
        TObjects.SaveRegisters(kernel, caller);
        thread->Context.FsBase = address;
        TObjects.LoadRegisters(kernel, caller);
    }
}
