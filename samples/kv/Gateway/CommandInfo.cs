using System.Collections.Frozen;

namespace Rel4.Samples.Kv.Gateway;

/// <summary>Carries out the command that a session has read: it adds one request to the batch, or writes one reply.</summary>
internal delegate void CommandHandler(ClientSession session);

/// <summary>Describes a command, in the terms in which COMMAND tells clients of it.</summary>
/// <param name="Name">Its name in lower case; that of a subcommand is <c>config|get</c>.</param>
/// <param name="Arity">How many words it has with its name; at least so many if negative.</param>
/// <param name="Handler">Carries it out.</param>
/// <param name="Summary">What it does.</param>
internal sealed record CommandInfo(string Name, int Arity, CommandHandler Handler, string Summary)
{
    /// <summary>Gets the group it is documented in.</summary>
    public string Group { get; init; } = "server";

    /// <summary>Gets what a client may want to know of it.</summary>
    public string[] Flags { get; init; } = [];

    /// <summary>Gets the place of the first key among its words, 0 for none.</summary>
    public int FirstKey { get; init; }

    /// <summary>Gets the place of the last key; counted from the end if negative.</summary>
    public int LastKey { get; init; }

    /// <summary>Gets how far one key is from the next.</summary>
    public int KeyStep { get; init; }

    /// <summary>Gets the subcommands by their names, if it is a group of these.</summary>
    public FrozenDictionary<string, CommandInfo>? Subcommands { get; init; }

    /// <summary>Tells whether a command may have so many words.</summary>
    public bool Accepts(int words) => Arity >= 0 ? words == Arity : words >= -Arity;
}
