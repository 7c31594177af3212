namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Lists what clients try on their server, and on each other through it.</summary>
internal static class ClientAttacks
{
    private const string Ring = "checks of the ring, work bounded per look", Memory = "memory per peer", Lending = "each channel lends memory of its own", Opening = "the acceptor's limits", Kernel = "the kernel";

    /// <summary>Gets all of them.</summary>
    public static IReadOnlyList<PeerAttack> All { get; } =
    [
        new("TakesNoBytes", "Declares that it takes messages of 0 bytes, and asks for long replies.", "Failures.",
            "a reply that does not fit is a failure of its caller", MessageAttacks.TakeNoBytes),
        new("AsksForTooMuch", "Calls synchronously and asks for replies that no synchronous message holds.", "Failures.",
            "a reply that does not fit is a failure of its caller", SynchronousAttacks.AskForTooMuch),
        new("EndlessFragments", "Sends long messages in the largest fragments, gives each up before its end, and begins the next.", "Its turn.", Ring, MessageAttacks.SendEndlessFragments),
        new("TinyFragments", "Sends a long message in fragments of one byte, without end.", "Its turn.", Ring, MessageAttacks.SendTinyFragments) { Steps = 10_000 },
        new("EndlessPads", "Sends pads without end.", "Its turn.", Ring, MessageAttacks.SendPads),
        new("UnfinishedMessages", "Announces a long message on each of many channels, and sends all but the ends.", "The memory that it is granted.", Memory, MessageAttacks.LeaveMessagesUnfinished) { Steps = 2000 },
        new("KeepsLargeMemory", "Sends long messages, each followed by a short one in fragments, which takes the memory of the long one and is kept.", "The memory that it is granted.", Memory, MessageAttacks.KeepLargeMemory) { Steps = 8 },
        new("MixesAll", "Sends messages of all kinds, long ones in fragments and in lent memory at once, has some kept, and leaves and comes back at any time.", "The memory that it is granted.", Memory, MessageAttacks.MixAll) { Steps = 5000 },
        new("FlipsStatus", "Says, with each call and ring another thing, that it sleeps, spins, computes or none of that, here or elsewhere.", "Its turn.", Ring, MessageAttacks.FlipStatus) { Steps = 5000 },
        new("ReadsNothing", "Asks for thousands of replies and reads none.", "Its own channels full.", Memory, MessageAttacks.ReadNothing) { Steps = 10_000 },
        new("LeavesReplies", "Has as many handlers as it can make it replies of 30 KB, all at once, and reads none.", "The requests that it may have under way, and their replies.", Memory, MessageAttacks.LeaveReplies) { Steps = 10_000 },
        new("KeepsBusy", "Floods with calls, and gives room at once without looking at the replies.", "Its turn.", Ring, MessageAttacks.Flood),
        new("LeavesHeld", "Has thousands of its calls kept unanswered, and calls on.", "The memory that it is granted.", Memory, MessageAttacks.HaveCallsHeld) { Steps = 10_000 },
        new("FailsAmongMany", "Has as many of its calls kept as it can, and then sends what its handlers fail by.", "Failures.", "work bounded per failure", MessageAttacks.FailAmongMany)
        {
            Steps = 4100,
        },
        new("LendsAnything", "Says that its messages lie in memory that it has not, or where another lies that is being read, and has some kept.", "Its channel closed.", Ring, MessageAttacks.LendAnything),
        new("FlipsLent", "Changes long messages while they are read where it has written them.", "Wrong bytes in its own messages.", Ring, MessageAttacks.FlipLent),
        new("NeverGivesBack", "Asks for long replies and gives none of the memory back that they lie in.", "Its own replies copied.", Lending, MessageAttacks.NeverGiveBack),
        new("GivesBackAnything", "Asks for long replies and gives back, at random, what it was lent, was not lent, or gave back before.", "Wrong bytes in its own replies.", Lending, MessageAttacks.GiveBackAnything),
        new("FlipsPayload", "Changes every word of records while they are read.", "Wrong bytes in its own messages, or its channel closed.", Ring, MessageAttacks.FlipWhileItIsRead),
        new("FlipsHeader", "Writes random numbers into every word of the frame's header.", "Its channel closed.", Ring, MessageAttacks.FlipHeader),
        new("ScribblesOverRecords", "Writes random record headers.", "Its channel closed.", Ring, MessageAttacks.WriteRandomRecords),
        new("RingsEndlessly", "Rings the server's doorbell without end, with nothing to say.", "Its turn.", Ring, MessageAttacks.RingEndlessly),
        new("SaysItSleeps", "Says that it sleeps while it calls, so that the server rings for each reply.", "Its turn.", Ring, MessageAttacks.SayItSleeps),
        new("OffersAndLeaves", "Makes the first call of an opening again and again, and never the second.", "Openings of its own refused.", Opening, OpeningAttacks.OfferOnly),
        new("OpensAll", "Opens channels as long as the server lets it, and keeps them.", "The channels that one client may have.", Opening, OpeningAttacks.OpenAll),
        new("OpensAndCloses", "Opens and closes channels without end.", "Its turn.", Opening, OpeningAttacks.OpenAndClose),
        new("JoinsByGuess", "Joins with tickets that it guesses.", "Refusals.", Opening, OpeningAttacks.JoinByGuess),
        new("OffersEndpoint", "Offers an endpoint of its own in place of its frame.", "A refusal.", "what is invoked is one's own", OpeningAttacks.OfferEndpoint),
        new("JoinsWithEndpoint", "Gives an endpoint of its own in place of its doorbell.", "A refusal.", "what is invoked is one's own", OpeningAttacks.JoinWithEndpoint),
        new("OffersEverything", "Offers and joins with every kind of object that it has.", "Refusals.", "what is invoked is one's own", OpeningAttacks.OfferEverything),
        new("RevokesFrame", "Revokes its frame between the two calls, and after them.", "Its channel closed.", Opening, OpeningAttacks.RevokeFrame),
        new("RegistersEndlessly", "Registers with the server's doorbell as often as it can.", "The registrations that one client may have.", Opening, OpeningAttacks.RegisterEndlessly)
        {
            // As many as a receiver has senders, of which one client has a quarter. Each is a descriptor of its process, too.
            Steps = 1100,
            MostDescriptors = (1024 / 4) + 24,
        },
        new("RegistersAndUnregisters", "Registers with the server's doorbell and takes it back, without end, from several threads.", "Its turn.", Opening, ForeignDoorbellPrograms.RegisterAndUnregister)
        {
            Steps = 1000,
        },
        new("JoinsWithServersDoorbell", "Opens channels by the server's own doorbell instead of one of its own, and keeps them.", "The channels that one client may have.",
            "the kernel tells of its death", ForeignDoorbellPrograms.JoinWithServersDoorbell)
        {
            Steps = 12,
        },
        new("CallsFromManyThreads", "Calls synchronously from as many threads as its memory pays for.", "A turn for each of them.", Kernel, SynchronousAttacks.CallFromManyThreads)
        {
            // The endpoint's queue is first come, first served: of 25 who wait, each gets a 25th.
            LeastShare = 0.005,
        },
        new("SendsFromManyThreads", "Sends synchronously without end from several threads.", "A turn for each of them.", Kernel, SynchronousAttacks.SendFromManyThreads) { LeastShare = 0.01 },
        new("CallsWithoutGrantReply", "Calls with a capability that brings no reply, from many threads.", "Threads that wait for ever.", Kernel, SynchronousAttacks.CallWithoutGrantReply),
        new("SendsCapabilities", "Sends a capability with each synchronous call.", "Its turn.", Kernel, SynchronousAttacks.SendCapabilities),
        new("DeletesHugeCNodes", "Fills CNodes of 2^20 slots and deletes them, or revokes the memory that they lie in, without end.", "Its turn.", Kernel, KernelAttacks.DeleteHugeCNodes)
        {
            Steps = 3,
        },
        new("DiesWithHugeCNode", "Fills a CNode of 2^20 slots, has a thread that works with it, and dies.", "Its burial.", Kernel, KernelAttacks.DieWithHugeCNode),
        new("MapsEndlessly", "Maps frames of its own memory until the kernel has no more for it, and goes on trying.",
            "A quarter of the descriptors or mappings that tasks may have of the kernel.", Kernel, KernelAttacks.MapEndlessly),
        new("OffersUnmappedFrames", "Offers small frames that nobody has mapped yet without end, and keeps them.",
            "Its turn, and a quarter of the descriptors or mappings that tasks may have of the kernel.", Opening, KernelAttacks.OfferUnmappedFrames),
        new("YieldsFromPagesOnly", "Yields by 400 threads of the kernel that one thread of Linux drives.", "A turn for its process.", Kernel, KernelAttacks.YieldFromPagesOnly),
        new("RevokesFromManyThreads", "Fills CNodes of 2^14 slots and revokes them without end, from 24 threads.", "A turn for its process.", Kernel, KernelAttacks.RevokeFromManyThreads),
        new("OpensLanes", "Has 20 pairs of threads open lanes and close them, as fast as they can.", "A turn for each of them.", Kernel, KernelAttacks.OpenLanes) { Steps = 1000 },
        new("ExecutesFromAnotherThread", "Executes another program, from a thread that is not its first.", "A refusal.", "the sandbox's filter", KernelAttacks.ExecuteFromAnotherThread)
        {
            Steps = 100,
        },
        new("CallsWithAnyLabel", "Calls synchronously with labels and lengths at random.", "Failures.", Kernel, SynchronousAttacks.CallAtRandom),
    ];
}
