using Rel4.Abi;
using Rel4.Hosted.Kernel;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Tests.Survival;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.UserInterrupts;

/// <summary>Is a kernel in the test's process, with the test's thread as root task and more threads of that task.</summary>
internal sealed class InProcessKernel : IDisposable
{
    private const byte Depth = 64;
    private const ulong FirstSlot = 4096;
    private const ulong BufferAddress = 0x10000;

    private readonly HostedKernel _kernel;
    private readonly List<TaskOnThread> _threads = [];
    private readonly Stack<ulong> _freeSlots = new();
    private ulong _nextSlot = FirstSlot;

    public InProcessKernel()
        : this(new HostedKernelOptions())
    {
    }

    /// <param name="options">What it is like, but for its sizes.</param>
    public InProcessKernel(HostedKernelOptions options)
    {
        _kernel = HostedKernel.Start(options with { MemoryBits = 26, Receivers = 64, Senders = 4096 });
        TaskThread.Current!.Self = RootSlot.Tcb;
    }

    /// <summary>Makes an object and returns its capability.</summary>
    public ulong Make(ObjectType type)
    {
        ulong slot = TakeSlot();
        for (ulong untyped = RootSlot.FirstFree; untyped < RootSlot.FirstFree + BootInfo.MaxUntyped; untyped++)
        {
            if (SeL4.Untyped_Retype(untyped, type, 0, RootSlot.CNode, 0, 0, slot, 1) == SeL4Error.NoError)
                return slot;
        }

        throw new InvalidOperationException("out of untyped memory");
    }

    /// <summary>Makes a capability to the same object with a badge.</summary>
    public ulong Mint(ulong capability, ulong badge)
    {
        ulong slot = TakeSlot();
        Check(SeL4.CNode_Mint(RootSlot.CNode, slot, Depth, RootSlot.CNode, capability, Depth, CapRights.All, badge));
        return slot;
    }

    /// <summary>Deletes a capability; its slot is used again.</summary>
    public void Delete(ulong capability)
    {
        Check(SeL4.CNode_Delete(RootSlot.CNode, capability, Depth));
        _freeSlots.Push(capability);
    }

    /// <summary>Deletes all that was derived from a capability.</summary>
    public static void Revoke(ulong capability) => Check(SeL4.CNode_Revoke(RootSlot.CNode, capability, Depth));

    /// <summary>Looks at the kernel between two system calls.</summary>
    public void Inspect(KernelLoop.Inspection inspection) => _kernel.Inspect(inspection);

    /// <summary>Looks for what must not be.</summary>
    public IReadOnlyList<string> FindViolations() => HostedInvariants.Find(_kernel);

    /// <summary>Starts a thread of the root task.</summary>
    public TaskOnThread StartThread()
    {
        ulong tcb = Make(ObjectType.Tcb), buffer = Make(ObjectType.Page4K);
        Check(SeL4.TCB_Configure(tcb, 0, RootSlot.CNode, 0, RootSlot.VSpace, 0, BufferAddress, buffer));
        Check(SeL4.TCB_Resume(tcb));
        var thread = new TaskOnThread(tcb, buffer);
        _threads.Add(thread);
        return thread;
    }

    /// <summary>Kills a thread as the kernel sees it.</summary>
    public void Kill(TaskOnThread thread)
    {
        Delete(thread.Tcb);
        Delete(thread.Buffer);
        thread.Dispose();
        _threads.Remove(thread);
    }

    /// <summary>Registers a thread as the receiver of a notification, and takes the receiver over.</summary>
    public static UserInterruptReceiver OpenReceiver(ulong notification, ulong tcb)
    {
        Check(SeL4.Notification_RegisterReceiver(notification, tcb, out ulong index));
        return UserInterruptReceiver.TryOpen(index)!;
    }

    /// <summary>Registers the calling thread as a sender.</summary>
    public static UserInterruptSender OpenSender(ulong badged)
    {
        Check(UserInterruptSender.TryRegister(TaskThread.Current!.Self, badged, out UserInterruptSender? sender));
        return sender!;
    }

    public static void Check(SeL4Error error) => Assert.Equal(SeL4Error.NoError, error);

    /// <summary>Ends the kernel, as a crash of its process would.</summary>
    public void End() => _kernel.Dispose();

    public void Dispose()
    {
        End();
        foreach (TaskOnThread thread in _threads)
            thread.Dispose();
        CurrentTask.DetachThread();
    }

    private ulong TakeSlot() => _freeSlots.TryPop(out ulong slot) ? slot : _nextSlot++;
}
