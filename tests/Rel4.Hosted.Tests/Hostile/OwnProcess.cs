using Microsoft.Win32.SafeHandles;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>A process, as the kernel knows it, that the calling task makes and ends at will: it lives in this one.</summary>
internal static class OwnProcess
{
    private static readonly SafeFileHandle s_self = new(SystemCall.Invoke(SystemCallNumber.pidfd_open, Environment.ProcessId), ownsHandle: true);

    /// <summary>Attaches this process to a new address space.</summary>
    /// <param name="memory">What it is made of.</param>
    /// <param name="slot">Gets it. To delete it is the process' end.</param>
    /// <param name="ownEnd">Its own end of its socket.</param>
    public static VSpaceCap Make(UntypedCap memory, ulong slot, out int ownEnd)
    {
        (int kernelEnd, ownEnd) = DescriptorSocket.CreatePair();
        using var socket = new SafeFileHandle(kernelEnd, ownsHandle: true);
        return Make(memory, slot, socket);
    }

    /// <summary>Attaches this process to a new address space.</summary>
    /// <param name="memory">What it is made of.</param>
    /// <param name="slot">Gets it. To delete it is the process' end.</param>
    /// <param name="socket">The kernel's end of its socket.</param>
    public static VSpaceCap Make(UntypedCap memory, ulong slot, SafeFileHandle socket)
    {
        memory.Retype(ObjectType.Pml4, TaskContext.CNode[slot]);
        CurrentTask.AttachProcess(slot, socket, s_self);
        return new VSpaceCap(slot);
    }

    /// <summary>Has a thread of such a process do something.</summary>
    /// <returns>The thread. What it runs in does not end before it.</returns>
    public static TcbCap Run(VSpaceCap space, int ownEnd, Action work)
    {
        var connection = new KernelConnection(ownEnd);
        connection.Start();
        var thread = new TcbCap(MachineUser.Make(ObjectType.Tcb));
        thread.Configure(
            TaskContext.CNode, space, TrapPage.Size, new FrameCap(MachineUser.Make(ObjectType.Page4K)), guard: MachineUser.Machine.Holdings.CNodeGuard);
        thread.Resume();
        new Thread(() =>
        {
            TaskThread.Current = connection.AttachThread(0);
            work();
        }) { IsBackground = true }.Start();
        return thread;
    }
}
