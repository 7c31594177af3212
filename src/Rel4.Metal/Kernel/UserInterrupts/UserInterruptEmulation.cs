using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Does what a processor with user interrupts does, where there is none: its instructions raise exception 6, and what was posted is delivered when the thread is returned to.</summary>
/// <remarks>Source: Intel SDM vol. 2 (CLUI, SENDUIPI, STUI, TESTUI, UIRET) and vol. 3A, "User-Interrupt Delivery".</remarks>
internal static unsafe class UserInterruptEmulation
{
    private const ulong InvalidOpcode = 6;
    private const ulong GeneralProtection = 13;

    private const int LongestInstruction = 5;
    private const byte Repeat = 0xF3;
    private const byte Rex = 0x40;
    private const byte RexMask = 0xF0;
    private const byte TwoBytes = 0x0F;

    // Carry, parity, adjust, zero, sign, overflow; TESTUI clears all but the first.
    private const ulong StatusFlags = 0x8D5;
    private const ulong CarryFlag = 1;

    // What UIRET takes of the flags: those that POPF takes in ring 3, which does not include interrupts and their privilege.
    private const ulong ReturnFlags = 0x25_4DD5;

    // Trap and resume are off in a handler.
    private const ulong HandlerFlags = ~((1UL << 8) | (1UL << 16));

    private const ulong StackAlignment = 16;
    private const ulong FrameBytes = 4 * sizeof(ulong);

    // Where to go on, the flags, the stack: the first word of the frame, the vector, was taken off.
    private const int ReturnWords = 3;

    private enum Instruction
    {
        None,
        Send,
        Return,
        Test,
        Mask,
        Unmask,
    }

    /// <summary>Carries out an instruction of user interrupts that a thread stopped at.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="fault">What it gets, if it is no such instruction or the processor would refuse it.</param>
    /// <returns>False if there is a fault.</returns>
    public static bool TryExecute(Tcb* thread, out Fault fault)
    {
        fault = Fault.UserException(InvalidOpcode, 0);
        InterruptContext* context = InterruptContext.Of(thread);
        switch (Decode(thread, out int register, out ulong length))
        {
            case Instruction.Send:
                if (!context->HasSenders)
                    return false;
                fault = Fault.UserException(GeneralProtection, 0);
                if (!context->TryFindSender(*Register(thread, register), out SenderEntry entry))
                    return false;
                entry.Post();
                break;
            case Instruction.Return:
                return TryReturn(thread, context, ref fault);
            case Instruction.Test:
                thread->Context.Rflags = (thread->Context.Rflags & ~StatusFlags) | (context->TakesInterrupts ? CarryFlag : 0);
                break;
            case Instruction.Mask:
                context->TakesInterrupts = false;
                break;
            case Instruction.Unmask:
                context->TakesInterrupts = true;
                break;
            default:
                return false;
        }

        thread->Context.Rip += length;
        return true;
    }

    /// <summary>Delivers the highest of a thread's requests, if it takes any.</summary>
    /// <param name="thread">The thread, which is returned to next.</param>
    /// <param name="fault">What it gets if it has no stack there.</param>
    /// <returns>False if there is a fault.</returns>
    public static bool TryDeliver(Tcb* thread, out Fault fault)
    {
        fault = default;
        InterruptContext* context = InterruptContext.Of(thread);

        // While it takes none, what was posted stays outstanding: no more of it interrupts the thread.
        if (context->Handler == 0 || !context->TakesInterrupts)
            return true;
        context->Requests |= context->Posted.Take();
        if (context->Requests == 0)
            return true;
        ref UserContext registers = ref thread->Context;
        ulong adjust = context->StackAdjust;
        ulong end = ((adjust & 1) != 0 ? adjust : registers.Rsp - adjust) & ~(StackAlignment - 1), start = end - FrameBytes;
        ulong* low = UserMemory.Find(thread, start, PageEntry.Writable), high = UserMemory.Find(thread, end - (2 * sizeof(ulong)), PageEntry.Writable);
        if (low == null || high == null)
        {
            thread->FaultIP = registers.Rip;
            fault = Fault.Memory(low == null ? start : end - (2 * sizeof(ulong)), 0, UserMemory.UserWrite);
            return false;
        }

        // Aligned so, each half is in one page.
        int bit = System.Numerics.BitOperations.Log2(context->Requests);
        low[0] = (ulong)bit;
        low[1] = registers.Rip;
        high[0] = registers.Rflags;
        high[1] = registers.Rsp;
        context->Requests &= ~(1UL << bit);
        context->TakesInterrupts = false;
        registers.Rsp = start;
        registers.Rip = context->Handler;
        registers.Rflags &= HandlerFlags;
        return true;
    }

    private static bool TryReturn(Tcb* thread, InterruptContext* context, ref Fault fault)
    {
        ref UserContext registers = ref thread->Context;
        ulong* frame = stackalloc ulong[ReturnWords];
        int read = UserMemory.Read(thread, registers.Rsp, (byte*)frame, ReturnWords * sizeof(ulong));
        if (read < ReturnWords * sizeof(ulong))
        {
            fault = Fault.Memory(registers.Rsp + (ulong)read, 0, UserMemory.UserRead);
            return false;
        }

        if (ProcessorState.Canonical(frame[0]) != frame[0])
        {
            fault = Fault.UserException(GeneralProtection, 0);
            return false;
        }

        registers.Rip = frame[0];
        registers.Rflags = (registers.Rflags & ~ReturnFlags) | (frame[1] & ReturnFlags);
        registers.Rsp = frame[2];
        context->TakesInterrupts = true;
        return true;
    }

    private static Instruction Decode(Tcb* thread, out int register, out ulong length)
    {
        register = 0;
        length = 0;
        byte* code = stackalloc byte[LongestInstruction];
        int count = UserMemory.Read(thread, thread->Context.Rip, code, LongestInstruction);
        int at = 1;
        bool isExtended = count == LongestInstruction && (code[1] & RexMask) == Rex;
        if (isExtended)
            at++;
        if (count < at + 3 || code[0] != Repeat || code[at] != TwoBytes)
            return Instruction.None;
        byte second = code[at + 1], third = code[at + 2];
        length = (ulong)at + 3;
        if (second == 0xC7 && (third & 0xF8) == 0xF0)
        {
            register = (third & 7) | (isExtended ? (code[1] & 1) << 3 : 0);
            return Instruction.Send;
        }

        return (second, third) switch
        {
            (1, 0xEC) => Instruction.Return,
            (1, 0xED) => Instruction.Test,
            (1, 0xEE) => Instruction.Mask,
            (1, 0xEF) => Instruction.Unmask,
            _ => Instruction.None,
        };
    }

    /// <summary>Finds a register by the number that instructions give it.</summary>
    private static ulong* Register(Tcb* thread, int number) => number switch
    {
        0 => &thread->Context.Rax,
        1 => &thread->Context.Rcx,
        2 => &thread->Context.Rdx,
        3 => &thread->Context.Rbx,
        4 => &thread->Context.Rsp,
        5 => &thread->Context.Rbp,
        6 => &thread->Context.Rsi,
        7 => &thread->Context.Rdi,
        8 => &thread->Context.R8,
        9 => &thread->Context.R9,
        10 => &thread->Context.R10,
        11 => &thread->Context.R11,
        12 => &thread->Context.R12,
        13 => &thread->Context.R13,
        14 => &thread->Context.R14,
        _ => &thread->Context.R15,
    };
}
