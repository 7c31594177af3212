using Rel4.Cli.Commands;
using Rel4.Hosted.Composition;

namespace Rel4.Cli.Nats;

/// <summary>Is what a system file says of NATS.</summary>
/// <param name="File">The file, as the user named it.</param>
/// <param name="Nats">What it says.</param>
internal sealed record NatsSystem(string File, NatsDefinition Nats)
{
    /// <summary>Reads files.</summary>
    /// <exception cref="CommandFailure">One is not there, or says nothing of NATS.</exception>
    /// <exception cref="SystemDefinitionException">One does not describe a system, or a key can't be read.</exception>
    public static NatsSystem[] Load(IEnumerable<string> files) =>
    [
        .. files.Select(file => new NatsSystem(
            file, CommandFailure.LoadSystem(file).Nats ?? throw new CommandFailure($"{file} exports and imports nothing: it has no 'nats'. docs/nats.md says how to write it."))),
    ];
}
