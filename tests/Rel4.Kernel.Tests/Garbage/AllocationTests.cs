namespace Rel4.Kernel.Tests;

/// <summary>Does the kernel allocate anything from the runtime it is hosted by?</summary>
/// <remarks>It runs alone: a collection that another test causes counts what is left of this thread's allocation buffer as allocated.</remarks>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AllocationTests
{
    private const int Calls = 1_000_000;
    private const int CallsPerEpisode = 20_000;
    private const ulong Seed = 0x4C34;

    [Fact]
    public void Allocate_MillionMixedCalls_ZeroBytes()
    {
        using (var warm = new GarbageEpisode(Seed))
            Run(warm);
        long allocated = 0;
        int done = 0;
        for (ulong seed = Seed; done < Calls; seed++)
        {
            using var episode = new GarbageEpisode(seed);
            long before = GC.GetAllocatedBytesForCurrentThread();
            done += Run(episode);
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Allocate_MillionFastCalls_ZeroBytes()
    {
        using var world = new World();
        StoryThread client = world.Thread("client"), server = world.Thread("server");
        StoryObject endpoint = world.Endpoint();
        CPtr toServer = client.Given(endpoint), fromClient = server.Given(endpoint);
        world.Root.Wait(world.Notification());
        server.Recv(fromClient);
        Exchange(world, client, toServer, server, fromClient, 1_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exchange(world, client, toServer, server, fromClient, Calls / 2);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static int Run(GarbageEpisode episode)
    {
        int done = 0;
        while (done < CallsPerEpisode && episode.Step())
            done++;
        return done;
    }

    private static unsafe void Exchange(World world, StoryThread client, CPtr toServer, StoryThread server, CPtr fromClient, int count)
    {
        var info = new MessageInfo(0, 0, 0, 4);
        for (int i = 0; i < count; i++)
        {
            world.Kernel.Trap(client.Tcb, Syscall.Call, toServer.Value, info);
            world.Kernel.Trap(server.Tcb, Syscall.ReplyRecv, fromClient.Value, info);
        }
    }
}
