namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Lists what servers try on their clients, which talk to others as well.</summary>
internal static class ServerAttacks
{
    private const string Ring = "checks of the ring, work bounded per look", Memory = "memory per peer", Opening = "every wait of an opening has an end";

    /// <summary>Gets all of them.</summary>
    public static IReadOnlyList<PeerAttack> All { get; } =
    [
        new("KeepsAll", "Takes every request and answers none.", "Calls that wait for it.", "a call waits for its own server only", ServerPrograms.KeepAll),
        new("NeverAnswersOffers", "Receives the first call of every opening, and every synchronous one, and answers none.", "Calls that wait for it.", Opening, ServerPrograms.NeverAnswer),
        new("NeverAnswersJoins", "Answers the first call of every opening and none of the second.", "Calls that wait for it.", Opening, ServerPrograms.NeverAnswerJoins),
        new("AlwaysBusy", "Answers every opening by \"busy\".", "Calls that wait for it.", Opening, ServerPrograms.BeBusy),
        new("AnswersWithEndpoints", "Gives an endpoint of its own in place of its frame and its doorbell, and never receives from it.", "Failures of calls to it.", "what is invoked is one's own", ServerPrograms.AnswerWithEndpoints),
        new("AnswersWithDoorbellEndpoint", "Gives its frame, and an endpoint in place of its doorbell.", "Failures of calls to it.", "what is invoked is one's own", ServerPrograms.JoinWithEndpoint),
        new("EndlessFailures", "Fails every request.", "Failures of calls to it.", "a call waits for its own server only", ServerPrograms.FailAll),
        new("RepliesTwice", "Replies to each request twice, and to calls that were never made.", "Its channel closed.", Ring, ServerPrograms.ReplyTwice),
        new("EndlessReplies", "Floods with replies and failures of calls that were never made.", "Its channel closed.", Ring, ServerPrograms.ReplyEndlessly),
        new("HugeReplies", "Replies with as many bytes as one takes.", "The memory that it is granted.", Memory, ServerPrograms.ReplyHugely),
        new("LendsAnythingBack", "Says that its replies lie in memory that it has not, in memory where another lies that is being read, or in what it was lent.", "Its channel closed.", Ring, ServerPrograms.LendAnything),
        new("UnfinishedReplies", "Announces long replies and never ends them.", "The memory that it is granted.", Memory, ServerPrograms.LeaveRepliesUnfinished),
        new("EndlessPadsBack", "Sends pads without end.", "Its turn.", Ring, ServerPrograms.SendPads),
        new("FlipsReplies", "Changes every word of its frame while replies are read.", "Its channel closed.", Ring, ServerPrograms.FlipAll),
        new("FlipsHeaderBack", "Writes random numbers into every word of the frame's header.", "Its channel closed.", Ring, ServerPrograms.FlipHeader),
        new("ClaimsTooMuch", "Claims to have published more than there is.", "Its channel closed.", Ring, ServerPrograms.ClaimTooMuch),
        new("RingsBack", "Rings its clients' doorbells without end.", "Its turn.", Ring, ServerPrograms.RingEndlessly),
        new("Dies", "Dies whenever a request comes, and comes back.", "Failures of calls to it.", "the kernel tells of its death", ServerPrograms.Die),
        new("GivesBackAndDies", "Answers the second call of an opening by the client's own doorbell, dies when it is called, and comes back.", "Failures of calls to it.",
            "the kernel tells of its death", ForeignDoorbellPrograms.GiveBackAndDie),
    ];
}
