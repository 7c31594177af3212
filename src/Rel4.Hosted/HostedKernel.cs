using Rel4.Abi;
using Rel4.Hosted.Kernel;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Kernel;

namespace Rel4.Hosted;

/// <summary>Sets the sizes of a kernel.</summary>
/// <param name="MemoryBits">Log2 of the bytes of object memory. Costs address space only, until objects are made in it.</param>
/// <param name="RootCNodeBits">Log2 of the slots of the root task's CNode.</param>
/// <param name="Receivers">U-notification receivers at most.</param>
/// <param name="Senders">U-notification senders at most.</param>
public sealed record HostedKernelOptions(int MemoryBits = 30, int RootCNodeBits = 16, ushort Receivers = 1024, ushort Senders = 16384);

/// <summary>Is a reL4 kernel for Linux processes, on a thread of the process that starts it.</summary>
/// <remarks>The process that starts it becomes the root task, which holds all object memory as <c>Untyped</c> at first.</remarks>
public sealed unsafe class HostedKernel : IDisposable
{
    private const int RegionAlignmentBits = 30;

    private readonly KernelLoop _loop;
    private readonly Thread _thread;
    private readonly int _stop;
    private readonly byte* _allocation;
    private readonly nuint _allocated;
    private bool _disposed;

    private HostedKernel(HostedKernelOptions options, int rootSocket)
    {
        nuint size = (nuint)1 << options.MemoryBits;
        nuint alignment = (nuint)1 << Math.Min(options.MemoryBits, RegionAlignmentBits);
        _allocated = size + alignment;
        _allocation = Memory.Reserve(_allocated);
        byte* region = (byte*)(((nuint)_allocation + alignment - 1) & ~(alignment - 1));
        KernelState* state = Boot.Start(region, size, new BootParameters
        {
            RootCNodeBits = options.RootCNodeBits,
            Receivers = options.Receivers,
            Senders = options.Senders,
        });
        if (state == null)
            throw new ArgumentException($"2^{options.MemoryBits} bytes hold no kernel with these sizes", nameof(options));

        _stop = Descriptors.TryCreateEvent();
        _loop = new KernelLoop(state, LinuxException.Check(_stop, "eventfd"), CurrentTask.Spins);
        _loop.Population.AddProcess(state->RootThread->VSpaceRoot.Cap.Address, rootSocket, pidDescriptor: -1);
        _loop.Population.TryStart(state->RootThread);
        _thread = new Thread(_loop.Run) { IsBackground = true, Name = "reL4 kernel" };
        _thread.Start();
    }

    /// <summary>Starts a kernel in this process and makes the calling thread the root task's.</summary>
    /// <exception cref="LinuxException">Linux refuses memory or descriptors.</exception>
    public static HostedKernel Start(HostedKernelOptions? options = null)
    {
        (int kernelEnd, int taskEnd) = DescriptorSocket.CreatePair();
        var kernel = new HostedKernel(options ?? new HostedKernelOptions(), kernelEnd);
        CurrentTask.Attach(taskEnd);
        return kernel;
    }

    /// <summary>Stops the kernel. Tasks see that it has ended.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Descriptors.Ring(_stop);
        _thread.Join();
        _loop.Dispose();
        _ = Descriptors.Close(_stop);
        Memory.Unmap(_allocation, _allocated);
    }
}
