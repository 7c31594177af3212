using System.Runtime;
using System.Runtime.CompilerServices;

namespace Rel4.Metal.User;

/// <summary>Sends and takes user interrupts: reaches what <c>interrupts.asm</c> provides.</summary>
internal static class Interruptions
{
    /// <summary>Bytes below the stack pointer that compiled code uses (System V ABI, the red zone).</summary>
    public const ulong RedZone = 128;

    /// <summary>Gets the address of the handler, for the registration.</summary>
    [RuntimeImport("*", "task_handler_address")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong Handler();

    /// <summary>Posts the bit that a sender was registered for (SENDUIPI). One that is not registered any more is a fault: general protection.</summary>
    /// <param name="index">The sender's index.</param>
    [RuntimeImport("*", "task_send_interrupt")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Send(ulong index);

    /// <summary>Takes no interrupts from now on (CLUI): they stay pending.</summary>
    [RuntimeImport("*", "task_mask_interrupts")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Mask();

    /// <summary>Takes interrupts from now on (STUI).</summary>
    [RuntimeImport("*", "task_unmask_interrupts")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Unmask();

    /// <summary>Tells whether interrupts are taken (TESTUI): 1 if they are.</summary>
    [RuntimeImport("*", "task_takes_interrupts")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong AreTaken();

    /// <summary>Takes the bits that the handler has seen since the last time.</summary>
    [RuntimeImport("*", "task_take_arrived")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong TakeArrived();
}
