using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Survival;

/// <summary>Lets a task with memory of its own make address spaces and threads that are to do the kernel harm.</summary>
[Collection(nameof(OneKernel))]
public sealed class HostileAttachTests
{
    private const int LingerSeconds = 6;

    private static readonly List<Socket> s_kept = [];

    private readonly Recorder _output = new();

    // The invariants read all memory, and not every Linux has that cost nothing.
    private readonly SystemBuilder _builder = new() { Kernel = new HostedKernelOptions(MemoryBits: 28, RootCNodeBits: 8) };

    [Fact]
    public async Task Attach_OfDescriptorsThatAreNoProcess_IsRefused()
    {
        _builder.AddTask("hostile", AttachJunk).GrantMemory("heap", sizeBits: 14);

        Assert.Equal(["IllegalOperation", "IllegalOperation", "TruncatedMessage"], await RunAsync());
    }

    [Fact]
    public async Task Delete_OfAnAddressSpaceWithSomebodyElsesProcess_KillsNobody()
    {
        _builder.AddTask("hostile", AttachTheKernel).GrantMemory("heap", sizeBits: 14);

        // The process is that of this test, which would be dead.
        Assert.Equal(["deleted"], await RunAsync());
    }

    [Fact]
    public async Task Resume_OfAThreadWhoseBufferMayOnlyBeRead_IsReportedAndGivesNoMapping()
    {
        FrameDefinition frame = _builder.AddFrame("frame");
        _builder.AddTask("hostile", StartOnReadOnlyFrame).GrantMemory("heap", sizeBits: 14).Grant("frame", frame, CapRights.Read);

        Assert.Equal(["InvalidOperationException"], await RunAsync());
    }

    [Fact]
    public async Task Attach_OfASocketThatLingers_DoesNotKeepTheKernel()
    {
        _builder.AddTask("hostile", AttachLingering).GrantMemory("heap", sizeBits: 14).Sandbox(new SandboxPolicy { Sockets = SocketAccess.Internet });

        string[] output = [.. await RunAsync()];

        Assert.Equal(["passed", "TruncatedMessage", "passed", "IllegalOperation"], output[..^1]);
        Assert.InRange(double.Parse(output[^1], CultureInfo.InvariantCulture), 0, LingerSeconds / 2.0);
    }

    private static void AttachLingering()
    {
        CapSlot space = MakeSpace();
        long start = Stopwatch.GetTimestamp();
        // One that fits, and more than are taken.
        foreach (int count in (int[])[1, 4])
        {
            PassLingering(count);
            Console.WriteLine((SeL4Error)SeL4.Call(space.Index, new MessageInfo((ulong)HostedLabel.VSpaceAttach, 0, 0, 0)).Label);
        }

        Console.WriteLine(Stopwatch.GetElapsedTime(start).TotalSeconds.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Sends the kernel a socket whose last close waits: its peer never takes what it has to send.</summary>
    private static void PassLingering(int count)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        s_kept.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        s_kept[^1].Connect(listener.LocalEndPoint!);
        Socket peer = listener.Accept();
        s_kept.Add(peer);
        Socket sender = s_kept[^2];
        sender.LingerState = new LingerOption(true, LingerSeconds);
        sender.Blocking = false;
        byte[] data = new byte[1 << 20];
        SocketError full;
        do
            sender.Send(data, SocketFlags.None, out full);
        while (full == SocketError.Success);
        int descriptor = (int)sender.Handle;
        Assert.True(DescriptorSocket.TrySend(
            CurrentTask.SocketNumber, new TaskMessage { Kind = TaskMessageKind.Process }, [.. Enumerable.Repeat(descriptor, count)]));
        // Not by .NET's own close, which stops lingering: the kernel's copy is to be the last.
        _ = Descriptors.Close(descriptor);
        Console.WriteLine("passed");
    }

    private static void AttachJunk()
    {
        using SafeFileHandle file = File.OpenHandle("/dev/null");
        (int own, int other) = DescriptorSocket.CreatePair();
        using SafeFileHandle socket = new(own, ownsHandle: true), peer = new(other, ownsHandle: true), self = OpenProcess(Environment.ProcessId);
        CapSlot space = MakeSpace();
        TryAttach(space, socket, file);
        TryAttach(space, file, self);
        Console.WriteLine((SeL4Error)SeL4.Call(space.Index, new MessageInfo((ulong)HostedLabel.VSpaceAttach, 0, 0, 0)).Label);
    }

    private static void AttachTheKernel()
    {
        string parent = File.ReadLines("/proc/self/status").First(line => line.StartsWith("PPid:", StringComparison.Ordinal));
        using SafeFileHandle kernel = OpenProcess(int.Parse(parent.Split('\t')[1], CultureInfo.InvariantCulture));
        (int own, int other) = DescriptorSocket.CreatePair();
        using SafeFileHandle socket = new(own, ownsHandle: true), peer = new(other, ownsHandle: true);
        CapSlot space = MakeSpace();
        CurrentTask.AttachProcess(space.Index, socket, kernel);
        TaskContext.CNode.Delete(space.Index);
        Console.WriteLine("deleted");
    }

    private static void StartOnReadOnlyFrame()
    {
        ulong thread = TaskContext.FreeSlots.Start;
        TaskContext.Untyped("heap").Retype(ObjectType.Tcb, TaskContext.CNode[thread]);
        new TcbCap(thread).Configure(
            TaskContext.CNode, TaskContext.VSpace, TrapPage.Size, TaskContext.Frame("frame"), guard: TaskSlots.Guard(TaskContext.Manifest.CNodeBits));
        new TcbCap(thread).Resume();
        try
        {
            CurrentTask.AttachThread();
        }
        catch (InvalidOperationException refusal)
        {
            Console.WriteLine(refusal.GetType().Name);
        }
    }

    private static CapSlot MakeSpace()
    {
        CapSlot slot = TaskContext.CNode[TaskContext.FreeSlots.Start];
        TaskContext.Untyped("heap").Retype(ObjectType.Pml4, slot);
        return slot;
    }

    private static void TryAttach(CapSlot space, SafeFileHandle socket, SafeFileHandle process)
    {
        try
        {
            CurrentTask.AttachProcess(space.Index, socket, process);
            Console.WriteLine("attached");
        }
        catch (SeL4Exception refusal)
        {
            Console.WriteLine(refusal.Error);
        }
    }

    private static SafeFileHandle OpenProcess(int number) => new(SystemCall.Invoke(SystemCallNumber.pidfd_open, number), ownsHandle: true);

    private async Task<IEnumerable<string>> RunAsync()
    {
        await using RunningSystem system = await _builder.StartAsync(
            new SupervisionOptions { Output = _output }, TestContext.Current.CancellationToken);
        await system.Completion;
        Assert.Empty(_output.Of(OutputKind.Error));
        Assert.Empty(HostedInvariants.Find(system.Kernel));
        return [.. _output.Output];
    }
}
