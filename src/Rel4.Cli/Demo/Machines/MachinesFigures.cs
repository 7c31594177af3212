using System.Text.Json.Serialization;
using Rel4.Ipc.Bench;

namespace Rel4.Cli.Demo.Machines;

/// <summary>Is what the demo of several machines found out.</summary>
/// <param name="Machine">Where, really.</param>
/// <param name="Gateways">What clients of each gateway got.</param>
/// <param name="Seconds">What they got in each second.</param>
/// <param name="Events">What was done to the machines.</param>
/// <param name="Audits">What each store's audit said last.</param>
/// <param name="Counters">How many counters were read at the end, each of which fits what its client was told.</param>
internal sealed record MachinesFigures(
    MachineDescription Machine,
    IReadOnlyList<GatewayFigures> Gateways,
    IReadOnlyList<SecondFigures> Seconds,
    IReadOnlyList<EventFigures> Events,
    IReadOnlyList<string> Audits,
    int Counters);

/// <summary>Is what clients of a gateway got.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Requests">How many requests they made.</param>
/// <param name="Answered">How many of them got a reply.</param>
/// <param name="NotCarriedOut">How many got an error that says that they were not carried out.</param>
/// <param name="Unknown">How many got an error that says that they may have been carried out.</param>
/// <param name="LongestMs">The longest time that one took.</param>
internal sealed record GatewayFigures(string Name, long Requests, long Answered, long NotCarriedOut, long Unknown, double LongestMs);

/// <summary>Is what ended in a second.</summary>
/// <param name="Second">Its number.</param>
/// <param name="Replies">The replies of each store.</param>
/// <param name="NotCarriedOut">The errors that say that nothing was carried out.</param>
/// <param name="Unknown">The errors that say that something may have been.</param>
internal sealed record SecondFigures(int Second, long[] Replies, long NotCarriedOut, long Unknown);

/// <summary>Is something that was done.</summary>
/// <param name="Second">When.</param>
/// <param name="Text">What.</param>
internal sealed record EventFigures(double Second, string Text);

/// <summary>Knows how the figures are written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(MachinesFigures))]
internal sealed partial class MachinesFiguresContext : JsonSerializerContext;
