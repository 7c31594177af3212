using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Who pays for frames that nobody had mapped when they were given away?</summary>
[Collection(nameof(OneKernel))]
public sealed class GivenFrameTests
{
    /// <summary>More than the kernel backs for one task, by its mappings.</summary>
    private const int Frames = 6500;

    [Fact]
    public async Task Map_OfMoreGivenFramesThanOneTaskMayHave_CostsTheGiver()
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint(AsyncSystem.Requests);
        builder.AddTask("server", MapWhatComes).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server);
        builder.AddTask("client", Give).Grant(AsyncSystem.Requests, requests, AsyncSystem.Client)
            .GrantMemory(KernelAttacks.Heap, KernelAttacks.HeapBits).CNodeBits(KernelAttacks.CNodeBits);

        Assert.Equal(["some were refused, and then its own", "the server maps its own"], await AsyncSystem.RunAsync(builder));
    }

    /// <summary>Maps each frame that comes, and one of its own for the last message, and answers by the error.</summary>
    private static void MapWhatComes()
    {
        ulong given = MachineUser.TakeSlot();
        while (true)
        {
            TaskContext.CNode.ReceiveInto(given);
            ReceivedMessage message = AsyncSystem.Endpoint.Receive();
            ulong frame = message.HasReceivedCapability ? given : MachineUser.Make(ObjectType.Page4K);
            message.Reply((ulong)Map(frame));
            TaskContext.CNode.Delete(given);
        }
    }

    private static void Give()
    {
        UntypedCap heap = TaskContext.Untyped(KernelAttacks.Heap);
        int refused = 0;
        ulong frame = 0;
        for (int i = 0; i < Frames; i++)
        {
            frame = MachineUser.TakeSlot();
            heap.Retype(ObjectType.Page4K, TaskContext.CNode[frame]);
            refused += AsyncSystem.Endpoint.Call(0, [], [frame]).Label == (ulong)SeL4Error.NotEnoughMemory ? 1 : 0;
        }

        Console.WriteLine($"{(refused is > 0 and < Frames ? "some" : refused)} were refused, and then {(Map(frame) == SeL4Error.NotEnoughMemory ? "its own" : "none of its own")}");
        Console.WriteLine($"the server maps {(AsyncSystem.Endpoint.Call(0).Label == 0 ? "its own" : "nothing")}");
    }

    private static unsafe SeL4Error Map(ulong frame)
    {
        try
        {
            Memory.Unmap(CurrentTask.Map(frame, TaskContext.VSpace.CPtr, CapRights.Read, Limits.PageBits, out nuint size), size);
            return SeL4Error.NoError;
        }
        catch (SeL4Exception refused)
        {
            return refused.Error;
        }
    }
}
