using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Reaches the parts of a thread's message: registers first, then its IPC buffer.</summary>
/// <remarks>Those that take a thread are not written by those that take registers: an address of its own would cost each message instructions.</remarks>
internal static unsafe class Message
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong GetRegister(Tcb* thread, int index) => index switch
    {
        0 => thread->Context.R10,
        1 => thread->Context.R8,
        2 => thread->Context.R9,
        _ => thread->Context.R15,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong GetRegister(UserContext* registers, int index) => index switch
    {
        0 => registers->R10,
        1 => registers->R8,
        2 => registers->R9,
        _ => registers->R15,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetRegister(Tcb* thread, int index, ulong value)
    {
        switch (index)
        {
            case 0: thread->Context.R10 = value; break;
            case 1: thread->Context.R8 = value; break;
            case 2: thread->Context.R9 = value; break;
            default: thread->Context.R15 = value; break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetRegister(UserContext* registers, int index, ulong value)
    {
        switch (index)
        {
            case 0: registers->R10 = value; break;
            case 1: registers->R8 = value; break;
            case 2: registers->R9 = value; break;
            default: registers->R15 = value; break;
        }
    }

    /// <summary>Writes a message word; what lies beyond the registers is lost if there is no buffer.</summary>
    public static void SetWord(UserContext* registers, IpcBuffer* buffer, uint index, ulong value)
    {
        if (index < Limits.MessageRegisters)
            SetRegister(registers, (int)index, value);
        else if (buffer != null)
            buffer->Message[index] = value;
    }

    /// <summary>Gets how many of the words written are really there.</summary>
    public static uint Delivered(IpcBuffer* buffer, uint length) =>
        buffer == null && length > Limits.MessageRegisters ? Limits.MessageRegisters : length;

    /// <summary>Tells a thread what it received.</summary>
    public static void SetResult(Tcb* thread, ulong badge, MessageInfo info)
    {
        thread->Context.Rdi = badge;
        thread->Context.Rsi = info.Raw;
    }

    public static void SetResult(UserContext* registers, ulong badge, MessageInfo info)
    {
        registers->Rdi = badge;
        registers->Rsi = info.Raw;
    }

    /// <summary>Finds the IPC buffer that the kernel may use with the given rights on the thread's behalf; null if there is none.</summary>
    /// <remarks>The frame outlives the capability's stay in the slot, so the address is good until the kernel is left.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IpcBuffer* Buffer(Tcb* thread, CapRights rights)
    {
        // An empty slot has no rights, and its address is null.
        ref readonly Capability frame = ref thread->IpcBufferFrame.Cap;
        if (frame.IsDevice || !frame.Has(rights))
            return null;
        ulong offset = thread->IpcBufferAddress & ((1UL << frame.Bits) - 1);
        return (IpcBuffer*)(frame.Memory + offset);
    }

    /// <summary>Finds the slots that a message's capabilities lie in.</summary>
    /// <returns>False at the first address that leads nowhere, which <paramref name="address"/> then is.</returns>
    public static bool LookupExtraCaps(Tcb* sender, MessageInfo info, out ExtraCaps caps, out ulong address)
    {
        caps = default;
        address = 0;
        IpcBuffer* buffer = Buffer(sender, CapRights.Read);
        if (buffer == null)
            return true;
        for (int i = 0; i < info.ExtraCaps; i++)
        {
            address = buffer->CapsOrBadges[i];
            Slot* slot = CSpace.LookupSlot(sender, address);
            if (slot == null)
                return false;
            caps[i] = slot;
        }

        return true;
    }
}
