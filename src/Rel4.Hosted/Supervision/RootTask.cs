using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;

namespace Rel4.Hosted.Supervision;

/// <summary>Is the root task: the thread of this process that holds all memory at first and performs operations on capabilities.</summary>
/// <remarks>A trap page belongs to one thread, so everything is done on that one, in the order in which it is asked for.</remarks>
internal sealed class RootTask : IAsyncDisposable
{
    /// <summary>How long executors that the program runs on threads of its own have to end, once they are told.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly BlockingCollection<Action> _work = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Affinity.ProcessorSet _processors;
    private HostedAsyncMachine? _host;
    private HostHoldings? _holdings;

    private RootTask()
    {
        new Thread(Run) { IsBackground = true, Name = "reL4 root task" }.UnsafeStart();
    }

    /// <summary>Gets the kernel.</summary>
    public HostedKernel Kernel { get; private set; } = null!;

    /// <summary>Gets what the root task held at its start.</summary>
    public RootHoldings Holdings { get; private set; } = null!;

    /// <summary>Starts a kernel in this process, and its root task.</summary>
    public static async Task<RootTask> StartAsync(HostedKernelOptions options)
    {
        var root = new RootTask();
        try
        {
            await root.InvokeAsync(() =>
            {
                root._processors = Affinity.Get(0);
                root.Kernel = HostedKernel.StartBeside(options);
                root.Holdings = ReadHoldings();
            }).ConfigureAwait(false);
            return root;
        }
        catch
        {
            await root.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Performs operations on capabilities.</summary>
    /// <param name="operations">The operations.</param>
    /// <param name="process">The process that is attached, where one is.</param>
    /// <exception cref="SeL4Exception">The kernel refuses one; those before it were performed.</exception>
    public Task PerformAsync(ImmutableArray<CapabilityOperation> operations, AttachedProcess? process = null) => InvokeAsync(() =>
    {
        foreach (CapabilityOperation operation in operations)
            Perform(operation, process);
    });

    /// <summary>Lets this process take part in the system.</summary>
    /// <param name="plan">Where it may put what it holds.</param>
    /// <param name="holdings">What it holds.</param>
    /// <returns>What its runtime runs on.</returns>
    public async Task<AsyncMachine> JoinAsync(HostPlan plan, HostHoldings holdings)
    {
        await InvokeAsync(() =>
        {
            KernelConnection connection = CurrentTask.Connection;
            var machine = new HostedAsyncMachine(connection, plan.Manifest, _processors, holdings);
            AsyncMachine.Install(connection.Machine = machine);
            _host = machine;
        }).ConfigureAwait(false);
        _holdings = holdings;
        TaskContext.AddHost(holdings);
        return _host!;
    }

    /// <summary>Stops the kernel and ends the thread.</summary>
    /// <remarks>Before that, what this process itself does in the system; all it had for that is given back.</remarks>
    public async ValueTask DisposeAsync()
    {
        if (_host is { } leaving)
        {
            if (_holdings is not null)
                TaskContext.RemoveHost(_holdings);
            await Task.Run(() => leaving.Uninstall(s_patience)).ConfigureAwait(false);
        }

        _work.Add(() =>
        {
            Kernel?.Dispose();
            CurrentTask.DetachThread();
        });
        _work.CompleteAdding();
        await _ended.Task.ConfigureAwait(false);
        if (_host is { } left)
            await Task.Run(left.Join).ConfigureAwait(false);
    }

    private static void Perform(CapabilityOperation operation, AttachedProcess? process)
    {
        switch (operation)
        {
            case CapabilityOperation.Retype retype:
                new UntypedCap(retype.Untyped).Retype(retype.Type, retype.Destination, (byte)retype.SizeBits);
                break;
            case CapabilityOperation.Mint mint:
                new CNodeCap(mint.Destination.Root, mint.Destination.Depth).Mint(mint.Source, mint.Destination.Index, mint.Rights, mint.Data);
                break;
            case CapabilityOperation.Configure configure:
                // Any address that is not 0 says that there is a buffer; where a task maps its trap page is its own affair.
                new TcbCap(configure.Tcb).Configure(
                    new CNodeCap(configure.CNode),
                    new VSpaceCap(configure.VSpace),
                    TrapPage.Size,
                    new FrameCap(configure.Frame),
                    guard: configure.Guard);
                break;
            case CapabilityOperation.Attach attach:
                CurrentTask.AttachProcess(attach.VSpace, process!.Value.Socket, process.Value.Descriptor);
                break;
            case CapabilityOperation.Resume resume:
                new TcbCap(resume.Tcb).Resume();
                break;
            case CapabilityOperation.Delete delete:
                new CNodeCap(delete.Slot.Root, delete.Slot.Depth).Delete(delete.Slot.Index);
                break;
            case CapabilityOperation.Revoke revoke:
                new CNodeCap(revoke.Slot.Root, revoke.Slot.Depth).Revoke(revoke.Slot.Index);
                break;
        }
    }

    private static RootHoldings ReadHoldings()
    {
        Span<byte> frame = CurrentTask.Map(RootSlot.BootInfoFrame, RootSlot.VSpace, CapRights.Read);
        BootInfo information = MemoryMarshal.Read<BootInfo>(frame);
        ReadOnlySpan<UntypedDescription> descriptions = MemoryMarshal.Cast<byte, UntypedDescription>(
            frame[Unsafe.SizeOf<BootInfo>()..]);
        ImmutableArray<UntypedMemory>.Builder memory = ImmutableArray.CreateBuilder<UntypedMemory>();
        for (ulong slot = information.Untyped.Start; slot < information.Untyped.End; slot++)
            memory.Add(new UntypedMemory(slot, descriptions[(int)(slot - information.Untyped.Start)].SizeBits));
        return new RootHoldings(memory.ToImmutable(), information.Empty.Start, information.Empty.End);
    }

    private Task InvokeAsync(Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                action();
                done.SetResult();
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        });
        return done.Task;
    }

    private void Run()
    {
        foreach (Action action in _work.GetConsumingEnumerable())
            action();
        _work.Dispose();
        _ended.SetResult();
    }
}

/// <summary>Names a process that is to become the content of an address space.</summary>
/// <param name="Socket">The kernel's end of its socket.</param>
/// <param name="Descriptor">Its pidfd.</param>
internal readonly record struct AttachedProcess(SafeFileHandle Socket, SafeFileHandle Descriptor);
