using System.Globalization;
using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;
using Rel4.Abi;
using Rel4.Hosted.Kernel;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.TaskSide;
using Rel4.Kernel;

namespace Rel4.Hosted;

/// <summary>Sets the sizes of a kernel.</summary>
/// <param name="MemoryBits">Log2 of the bytes of object memory. Costs address space only, until objects are made in it.</param>
/// <param name="RootCNodeBits">Log2 of the slots of the root task's CNode.</param>
/// <param name="Receivers">U-notification receivers at most.</param>
/// <param name="Senders">U-notification senders at most.</param>
/// <param name="Placement">Where the kernel and those who talk through it run.</param>
public sealed record HostedKernelOptions(
    int MemoryBits = 36,
    int RootCNodeBits = 16,
    ushort Receivers = 4096,
    ushort Senders = 16384,
    KernelPlacement Placement = KernelPlacement.Automatic)
{
    /// <summary>Gets the longest time of a thread's own between calls that come one after another (<see cref="KernelPlacement.Together"/>).</summary>
    internal TimeSpan ShortPause { get; init; } = TimeSpan.FromMicroseconds(200);

    /// <summary>Gets whether threads that talk often may do so without the kernel. All is the same without, but slower.</summary>
    /// <remarks>For tests that compare both.</remarks>
    internal bool HasLanes { get; init; } = true;
}

/// <summary>Is a reL4 kernel for Linux processes, on a thread of the process that starts it.</summary>
/// <remarks>
/// The root task, which holds all object memory as <c>Untyped</c> at first, is either that process itself or one that it starts: then
/// nothing but the kernel needs to run in it. Both talk to the kernel in the same way.
/// </remarks>
internal sealed unsafe class HostedKernel : IDisposable
{
    private const int RegionAlignmentBits = 30;

    /// <summary>One for each party of a call, and one for the rest.</summary>
    private const int ProcessorsToSpread = 4;

    private readonly KernelLoop _loop;
    private readonly Lock _inspecting = new();
    private readonly Thread _thread;
    private readonly byte* _allocation;
    private readonly nuint _allocated;
    private KernelConnection? _rootConnection;
    private bool _disposed;

    private HostedKernel(HostedKernelOptions options, int rootSocket, int rootProcess)
    {
        nuint size = (nuint)1 << options.MemoryBits;
        nuint alignment = (nuint)1 << Math.Min(options.MemoryBits, RegionAlignmentBits);
        _allocated = size + alignment;
        _allocation = Memory.Reserve(_allocated);
        byte* region = (byte*)(((nuint)_allocation + alignment - 1) & ~(alignment - 1));
        KernelState* state = Boot.Start(region, size, new BootParameters
        {
            RootCNodeBits = options.RootCNodeBits,
            Senders = options.Senders,
        });
        if (state == null)
        {
            Memory.Unmap(_allocation, _allocated);
            throw new KernelSizeException(options);
        }

        Placement = options.Placement != KernelPlacement.Automatic ? options.Placement
            : Environment.ProcessorCount < ProcessorsToSpread ? KernelPlacement.Together : KernelPlacement.Spread;
        _loop = new KernelLoop(state, new Placement(Placement, options.ShortPause), options.Receivers, options.HasLanes);
        if (!_loop.Population.TryAddProcess(state->Shared->RootThread->VSpaceRoot.Cap.Address, rootSocket, rootProcess, attachedBy: null)
            || !_loop.Population.TryStart(state->Shared->RootThread))
        {
            _loop.Dispose();
            Memory.Unmap(_allocation, _allocated);
            throw new IOException("Linux has no memory or descriptors left for the root task. Raise the limit on open files (ulimit -n).");
        }

        _thread = new Thread(_loop.Run) { IsBackground = true, Name = "reL4 kernel" };
        _thread.UnsafeStart();
    }

    /// <summary>Gets where the kernel and those who talk through it run.</summary>
    public KernelPlacement Placement { get; }

    /// <summary>Starts a kernel in this process and makes the calling thread the root task's.</summary>
    /// <remarks>A process is one task at a time, so it can do this again only once the last kernel has ended.</remarks>
    /// <exception cref="ArgumentException">The memory is too small for the other sizes.</exception>
    /// <exception cref="LinuxException">Linux refuses memory or descriptors.</exception>
    /// <exception cref="InvalidOperationException">This process is a task already.</exception>
    public static HostedKernel Start(HostedKernelOptions? options = null)
    {
        (int kernelEnd, int taskEnd) = DescriptorSocket.CreatePair();
        var kernel = new HostedKernel(options ?? new HostedKernelOptions(), kernelEnd, rootProcess: -1);
        CurrentTask.Attach(taskEnd);
        kernel._rootConnection = CurrentTask.Connection;
        return kernel;
    }

    /// <summary>As <see cref="Start(HostedKernelOptions?)"/>, beside others that this process may have: only threads that are given this one's connection are its.</summary>
    internal static HostedKernel StartBeside(HostedKernelOptions options)
    {
        (int kernelEnd, int taskEnd) = DescriptorSocket.CreatePair();
        var kernel = new HostedKernel(options, kernelEnd, rootProcess: -1);
        kernel._rootConnection = CurrentTask.AttachBeside(taskEnd);
        return kernel;
    }

    /// <summary>Starts a kernel in this process whose root task is a process of its own.</summary>
    /// <param name="launcher">Starts the root task's process.</param>
    /// <param name="command">What it runs. It connects with <see cref="CurrentTask.Attach()"/>.</param>
    /// <param name="policy">What it may reach.</param>
    /// <param name="root">The root task's process, which the caller disposes of.</param>
    /// <exception cref="TaskStartException">The root task can't be started.</exception>
    /// <exception cref="ArgumentException">The memory is too small for the other sizes.</exception>
    /// <exception cref="LinuxException">Linux refuses memory or descriptors.</exception>
    public static HostedKernel Start(
        TaskLauncher launcher, TaskCommand command, SandboxPolicy policy, out TaskProcess root, HostedKernelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(launcher);
        ArgumentNullException.ThrowIfNull(command);
        (int kernelEnd, int taskEnd) = DescriptorSocket.CreatePair();
        using var socket = new SafeFileHandle(taskEnd, ownsHandle: true);
        root = launcher.Start(
            command with
            {
                Descriptors = command.Descriptors.SetItem(CurrentTask.SocketNumber, socket),
                Environment = command.Environment.SetItem(CurrentTask.SocketVariable, CurrentTask.SocketNumber.ToString(CultureInfo.InvariantCulture)),
            },
            policy);
        int process = Descriptors.Duplicate((int)root.Descriptor.DangerousGetHandle());
        return new HostedKernel(options ?? new HostedKernelOptions(), kernelEnd, process);
    }

    /// <summary>Looks at the kernel between two system calls, on its own thread, and waits for that. May be called from any thread.</summary>
    internal void Inspect(KernelLoop.Inspection inspection)
    {
        using Lock.Scope alone = _inspecting.EnterScope();
        Exception? failure = null;
        using var done = new ManualResetEventSlim();
        _loop.Post(kernel =>
        {
            try
            {
                inspection(kernel);
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            done.Set();
        });
        done.Wait();
        if (failure != null)
            ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Stops the kernel. Tasks see that it has ended.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _loop.Stop();
        _thread.Join();
        _loop.Dispose();
        Memory.Unmap(_allocation, _allocated);

        // So that the next kernel can be started at once.
        _rootConnection?.AwaitEnd();
    }
}

/// <summary>Reports sizes of a kernel that its memory does not hold.</summary>
internal sealed class KernelSizeException(HostedKernelOptions options)
    : ArgumentException($"2^{options.MemoryBits} bytes hold no kernel with these sizes: raise MemoryBits", nameof(options));
