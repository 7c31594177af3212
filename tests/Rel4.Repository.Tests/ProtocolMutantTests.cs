using System.Text.RegularExpressions;

namespace Rel4.Repository.Tests;

/// <summary>Checks that the check of the protocol models would notice a missing step.</summary>
public sealed partial class ProtocolMutantTests
{
    private const string LostWakeUp = "invalid end state";
    private const string WrongDelivery = "assertion violated";

    /// <summary>Gets each model with each of its mutants and what must be found in it.</summary>
    public static TheoryData<string, string, string> Mutants => new()
    {
        { "channel", "MUTANT_NO_SENDER_FENCE", LostWakeUp },
        { "channel", "MUTANT_NO_RECEIVER_FENCE", LostWakeUp },
        { "channel", "MUTANT_NO_SECOND_LOOK", LostWakeUp },
        { "channel", "MUTANT_FORGETFUL_DOORBELL", LostWakeUp },
        { "channel", "MUTANT_UNNUMBERED_PARKS", LostWakeUp },
        { "channel", "MUTANT_NO_SPACE_FENCE", LostWakeUp },
        { "channel", "MUTANT_NO_FULL_FENCE", LostWakeUp },
        { "channel", "MUTANT_NO_SECOND_LOOK_AT_FULL", LostWakeUp },
        { "channel", "MUTANT_SLEEPS_SPINNING", LostWakeUp },
        { "channel", "MUTANT_NO_CLEARED_LINE", WrongDelivery },
        { "leaving", "MUTANT_FORGETS_TO_LOOK", LostWakeUp },
        { "leaving", "MUTANT_KEEPS_WANTING_ROOM", WrongDelivery },
        { "unotification", "MUTANT_NO_SENDER_FENCE", LostWakeUp },
        { "unotification", "MUTANT_NO_RECEIVER_FENCE", LostWakeUp },
        { "unotification", "MUTANT_NO_SECOND_LOOK", LostWakeUp },
        { "unotification", "MUTANT_FORGETFUL_DOORBELL", LostWakeUp },
        { "reclaim", "MUTANT_NO_SENDER_FENCE", LostWakeUp },
        { "reclaim", "MUTANT_NO_RECEIVER_FENCE", LostWakeUp },
        { "reclaim", "MUTANT_NO_SECOND_LOOK", LostWakeUp },
        { "reclaim", "MUTANT_FORGETFUL_DOORBELL", LostWakeUp },
        { "reclaim", "MUTANT_SAME_PAGE", WrongDelivery },
        { "lending", "MUTANT_RECORD_BEFORE_MESSAGE", WrongDelivery },
        { "lending", "MUTANT_RETURNS_BEFORE_READING", WrongDelivery },
        { "lending", "MUTANT_UNNUMBERED_LOANS", WrongDelivery },
        { "lending", "MUTANT_WRAPS_INTO_WHAT_IS_SHOWN", WrongDelivery },
        { "lending", "MUTANT_GIVES_BACK_WHAT_IT_RETURNS", WrongDelivery },
        { "lending", "MUTANT_LENDS_WHAT_IT_READS", WrongDelivery },
        { "lane", "MUTANT_ANSWERS_WITHOUT_LOOKING", WrongDelivery },
        { "lane", "MUTANT_BADGE_FROM_THE_LANE", WrongDelivery },
        { "lane", "MUTANT_BELIEVES_THE_SERVER", LostWakeUp },
        { "lane", "MUTANT_BOTH_ENDS_RECEIVE", WrongDelivery },
        { "lane", "MUTANT_NO_ANSWERED", WrongDelivery },
        { "lane", "MUTANT_NO_CLIENT_CLAIM", LostWakeUp },
        { "lane", "MUTANT_NO_FENCE_BEFORE_SLEEP", LostWakeUp },
        { "lane", "MUTANT_NO_HAND_OVER_FENCE", LostWakeUp },
        { "lane", "MUTANT_NO_NUDGE", LostWakeUp },
        { "lane", "MUTANT_NO_SERVER_CLAIM", WrongDelivery },
        { "lane", "MUTANT_SLEEPS_ON_ONE_WORD", LostWakeUp },
        { "upid", "MUTANT_KEEPS_ON", LostWakeUp },
        { "upid", "MUTANT_CLEARS_ON_LAST", LostWakeUp },
        { "upid", "MUTANT_TAKES_BEFORE_RUNNING", LostWakeUp },
        { "upid", "MUTANT_NO_SECOND_LOOK", LostWakeUp },
        { "upid", "MUTANT_LOOKS_BEFORE_PARKED", LostWakeUp },
        { "upid", "MUTANT_FORGETS_PENDING_BITS", LostWakeUp },
        { "upid", "MUTANT_RETURNS_WITHOUT_TAKING", LostWakeUp },
        { "upid", "MUTANT_WAKES_WITHOUT_CLEARING", LostWakeUp },
        { "upid", "MUTANT_NO_SUPPRESSION", WrongDelivery },
        { "upid", "MUTANT_LOSES_PENDING_BITS", LostWakeUp },
        { "upid", "MUTANT_LEAVES_PENDING_BITS", WrongDelivery },
        { "upid", "MUTANT_IDLES_LOADED", LostWakeUp },
        { "upid", "MUTANT_POSTS_WITHOUT_MOVING", LostWakeUp },
        { "upid", "MUTANT_POSTS_WITHOUT_NOTIFYING", LostWakeUp },
        { "upid", "MUTANT_LOOKS_BEFORE_CLUI", LostWakeUp },
        { "upid", "MUTANT_FREES_WITHOUT_WAITING", WrongDelivery },
        { "upid", "MUTANT_WAITS_BEFORE_REVOKING", WrongDelivery },
        { "upid", "MUTANT_CLOSES_BY_CLEARING", WrongDelivery },
        { "upid", "MUTANT_REUSES_AT_ONCE", WrongDelivery },
        { "remote", "MUTANT_BEGINS_ANYWAY", WrongDelivery },
        { "remote", "MUTANT_DEAF_IN_THE_QUEUE", LostWakeUp },
        { "remote", "MUTANT_DOES_NOT_WAIT", WrongDelivery },
        { "remote", "MUTANT_IDLES_HOLDING_ON", WrongDelivery },
        { "batch", "MUTANT_LOOKS_AT_ONE", LostWakeUp },
        { "batch", "MUTANT_IDLES_WITHOUT_LOOKING", LostWakeUp },
        { "batch", "MUTANT_HALTS_WITH_CALLS_LEFT", LostWakeUp },
        { "batch", "MUTANT_KEEPS_IT_TO_ITSELF", LostWakeUp },
        { "batch", "MUTANT_POSTS_BEFORE_WRITING", LostWakeUp },
        { "batch", "MUTANT_LEAVES_IT_OUTSTANDING", LostWakeUp },
        { "batch", "MUTANT_LOOKS_AT_THE_NEXT_FOR_THE_PREEMPTED", LostWakeUp },
        { "bridge", "MUTANT_SILENCE_MEANS_NOT_DELIVERED", WrongDelivery },
        { "bridge", "MUTANT_SENT_WHEN_IT_IS_GONE", WrongDelivery },
        { "bridge", "MUTANT_CARRIES_OUT_PARTS_OF_NOTHING", WrongDelivery },
        { "bridge", "MUTANT_TAKES_IT_FOR_THE_CALL", WrongDelivery },
    };

    [Theory]
    [MemberData(nameof(Mutants))]
    public void Search_OfAMutant_FindsTheError(string model, string mutant, string error)
    {
        SpinVerdict verdict = Spin.Check(model, mutant, error == WrongDelivery, TestContext.Current.CancellationToken);

        Assert.True(verdict.Error is not null, $"Nothing was found in {model} with {mutant}:\n{verdict.Output}");
        Assert.StartsWith(error, verdict.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Mutants_OfTheModels_AreAllTested()
    {
        string[] inModels =
        [
            .. RepositoryFiles.WithEnding(".pml")
                .SelectMany(file => Switch().Matches(RepositoryFiles.Read(file)))
                .Select(match => match.Groups["name"].Value).Distinct().Order(StringComparer.Ordinal),
        ];

        Assert.Equal(inModels, Mutants.Select(row => row.Data.Item2).Distinct().Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^#ifdef (?<name>MUTANT_\w+)$", RegexOptions.Multiline)]
    private static partial Regex Switch();
}
