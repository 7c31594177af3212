using Rel4.Samples.Kv.Gateway.Stores;
using Rel4.Samples.Kv.Protocol;

namespace Rel4.Samples.Kv.Gateway;

/// <summary>Holds Redis' words for errors that several commands have.</summary>
internal static class Errors
{
    public const string Syntax = "ERR syntax error";

    public const string TooManyClients = "ERR max number of clients reached";

    public const string NotAnInteger = "ERR value is not an integer or out of range";

    public const string CrossSlot = "CROSSSLOT Keys in request don't hash to the same slot";

    public const string OneStoreOnly = "ERR the keys are divided over several stores, and this command walks over those of one";

    /// <summary>A command whose fate is unknown. Clients know LOADING as a reason to try again a little later.</summary>
    public const string StoreLost =
        "LOADING the store was lost before it replied, and is empty if it was restarted; whether it carried out this command is unknown";

    /// <summary>A command that nobody has got.</summary>
    public const string StoreUnreachable = "LOADING the store can't be reached; this command was not carried out";

    /// <summary>Describes why there is no reply.</summary>
    public static string Describe(StoreUnavailableException failure) => failure switch
    {
        { IsTooLong: true, MayHaveActed: false } => "ERR the command is longer than can be sent to the store; it was not carried out",
        { IsTooLong: true } => "ERR the command was carried out, and its reply is longer than can be sent back",
        { MayHaveActed: false } => StoreUnreachable,
        _ => StoreLost,
    };

    /// <summary>Describes why the store refused a request.</summary>
    public static string Describe(StoreError error) => error switch
    {
        StoreError.NotAnInteger => NotAnInteger,
        StoreError.Overflow => "ERR increment or decrement would overflow",
        StoreError.ReplyTooLarge => "ERR the reply would be larger than 112 MiB: ask for fewer keys at once",
        _ => "ERR the store does not understand the request",
    };
}
