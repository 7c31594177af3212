using System.Runtime.InteropServices;

namespace Rel4.Metal.Kernel;

/// <summary>Lays out where senders post a receiver's interrupts: the processor's UPID (Intel SDM vol. 3A, "User Posted-Interrupt Descriptor").</summary>
/// <remarks>
/// Senders set a bit of the requests, and then, if nothing is outstanding and posts are not suppressed, make it outstanding and interrupt the destination. The
/// kernel sets the control word as a whole, which ends what was outstanding, and takes the requests <em>behind</em> that: a post that comes between interrupts once more,
/// one before is among the bits. So nobody who is to be interrupted sleeps while bits are there (<c>spec/protocols/upid.pml</c>).
/// <para>Its states are those of the receiver's thread: it runs here, it does not run, or it waits in the kernel for what is posted.</para>
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PostedInterrupts
{
    private const ulong Outstanding = 1 << 0;
    private const ulong Suppressed = 1 << 1;
    private const int VectorShift = 16;

    // An APIC's 8-bit number stands in bits 15:8 of the destination.
    private const int DestinationShift = 40;

    private ulong _control;
    private ulong _requests;

    /// <summary>Has posts interrupt the thread's own code, on this processor.</summary>
    public void Run() => Control(To(LocalApic.UserVector));

    /// <summary>Has posts interrupt nobody: they are found when the thread runs or asks.</summary>
    public void Suppress() => Control(Suppressed);

    /// <summary>Has posts wake the thread, which waits in the kernel; what is there already is to be taken behind this.</summary>
    public void Park() => Control(To(LocalApic.WakeUpVector));

    /// <summary>Gets whether something was posted that was not taken.</summary>
    public readonly bool HasRequests => System.Threading.Volatile.Read(in _requests) != 0;

    /// <summary>Has posts, which are the kernel's own, interrupt a processor; what is there already is to be taken behind this.</summary>
    public void Ring(byte apicNumber) => Control(To(LocalApic.BatchVector, apicNumber));

    /// <summary>Tells whether something was posted to the thread, which waits in the kernel: what comes from now on interrupts once more.</summary>
    public bool HasForWaiter()
    {
        Control(_control & ~Outstanding);
        return System.Threading.Volatile.Read(in _requests) != 0;
    }

    /// <summary>Takes what was posted.</summary>
    public ulong Take()
    {
        Control(_control & ~Outstanding);
        fixed (ulong* requests = &_requests)
            return Instructions.Exchange(requests, 0);
    }

    private void Add(ulong bits)
    {
        fixed (ulong* requests = &_requests)
            Instructions.Or(requests, bits);
    }

    /// <summary>Posts as SENDUIPI does.</summary>
    public void Post(ulong bits)
    {
        Add(bits);
        if ((_control & (Outstanding | Suppressed)) != 0)
            return;
        Control(_control | Outstanding);
        LocalApic.Send((byte)(_control >> VectorShift), (byte)(_control >> DestinationShift));
    }

    private static ulong To(uint vector) => To(vector, ProcessorState.Own->ApicNumber);

    private static ulong To(uint vector, byte apicNumber) => ((ulong)apicNumber << DestinationShift) | ((ulong)vector << VectorShift);

    // The processors that send change nothing of it but the bit that says what is outstanding, and that is to end.
    private void Control(ulong value)
    {
        fixed (ulong* control = &_control)
            Instructions.Exchange(control, value);
    }
}
