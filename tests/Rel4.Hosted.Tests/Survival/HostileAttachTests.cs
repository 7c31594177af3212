using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Survival;

/// <summary>Lets a task with memory of its own make address spaces and threads that are to do the kernel harm.</summary>
[Collection(nameof(OneKernel))]
public sealed class HostileAttachTests
{
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
        new Tcb(thread).Configure(
            TaskContext.CNode, TaskContext.VSpace, TrapPage.Size, TaskContext.Frame("frame"), guard: TaskSlots.Guard(TaskContext.Manifest.CNodeBits));
        new Tcb(thread).Resume();
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
