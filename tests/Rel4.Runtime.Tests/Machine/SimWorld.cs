using Rel4.Abi;
using Rel4.Kernel;
using Rel4.Sim;
using KernelTcb = Rel4.Kernel.Tcb;

namespace Rel4.Runtime.Tests;

/// <summary>Is a real kernel core on the Sim machine, with the calling OS thread as its root task.</summary>
/// <remarks>
/// Faults of threads whose handler is <see cref="FaultSlot"/> come back to them, as on a machine where a thread outlives a fault that
/// nobody handles.
/// </remarks>
internal sealed unsafe class SimWorld : IDisposable
{
    /// <summary>Slot of the endpoint that catches the faults.</summary>
    public const ulong FaultSlot = 60;

    /// <summary>The first slot that tests use as they like.</summary>
    public const ulong FreeSlot = 64;

    private readonly SimKernel _kernel = new();
    private readonly List<SimThread> _threads = [];
    private ulong _nextSlot = 200;

    public SimWorld()
    {
        TestMachine.Use(new SimThread(this, _kernel.RootThread));
        Memory = new UntypedCap(LargestUntyped());
        Memory.Retype(ObjectType.Endpoint, Root[FaultSlot]);
        RootThread.SetSpace(Root, Space, FaultSlot);
    }

    /// <summary>Gets what makes each system call indivisible, and is pulsed after each.</summary>
    public object Gate { get; } = new();

    /// <summary>Gets the root CNode; its slot numbers are capability addresses for every thread of the world.</summary>
    public CNodeCap Root { get; } = new(RootSlot.CNode);

    public VSpaceCap Space { get; } = new(RootSlot.VSpace);

    public TcbCap RootThread { get; } = new(RootSlot.Tcb);

    /// <summary>Gets the largest untyped memory.</summary>
    public UntypedCap Memory { get; }

    public SimKernel Kernel => _kernel;

    /// <summary>Makes an object and returns the address of its capability.</summary>
    public ulong Make(ObjectType type, byte sizeBits = 0)
    {
        Memory.Retype(type, Root[_nextSlot], sizeBits);
        return _nextSlot++;
    }

    /// <summary>Makes a thread that shares the root task's capabilities and is ready to run.</summary>
    public TcbCap MakeThread(ulong faultHandler = FaultSlot)
    {
        var thread = new TcbCap(Make(ObjectType.Tcb));
        thread.Configure(Root, Space, 0x1000, new FrameCap(Make(ObjectType.Page4K)), faultHandler);
        thread.SetPriorities(RootThread, 255, 255);
        thread.Resume();
        return thread;
    }

    /// <summary>Lets an OS thread of its own be one of the kernel's threads.</summary>
    public SimThread Start(TcbCap thread, Action body)
    {
        var started = new SimThread(this, KernelThread(thread));
        _threads.Add(started);
        started.Run(body);
        return started;
    }

    /// <summary>Waits until a thread waits in the kernel.</summary>
    public void WaitUntilBlocked(TcbCap thread)
    {
        KernelTcb* tcb = KernelThread(thread);
        lock (Gate)
        {
            while (tcb->State is Rel4.Kernel.ThreadState.Running or Rel4.Kernel.ThreadState.Restart)
                SimThread.WaitForChange(Gate, "a thread to block");
        }
    }

    /// <summary>Tells whether a slot of the root CNode is empty.</summary>
    public bool IsEmpty(ulong slot)
    {
        lock (Gate)
            return CSpace.LookupSlot(_kernel.RootThread, slot)->IsEmpty;
    }

    public void Dispose()
    {
        TestMachine.Use(null);
        foreach (SimThread thread in _threads)
            thread.Join();
        _kernel.Dispose();
    }

    private KernelTcb* KernelThread(TcbCap thread) =>
        CSpace.LookupSlot(_kernel.RootThread, thread.CPtr)->Cap.Thread;

    private ulong LargestUntyped()
    {
        var information = (BootInfo*)CSpace.LookupSlot(_kernel.RootThread, RootSlot.BootInfoFrame)->Cap.Address;
        var descriptions = (UntypedDescription*)(information + 1);
        ulong count = information->Untyped.End - information->Untyped.Start, best = 0;
        for (ulong i = 1; i < count; i++)
        {
            if (descriptions[i].SizeBits > descriptions[best].SizeBits)
                best = i;
        }

        return information->Untyped.Start + best;
    }
}
