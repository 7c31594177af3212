using Rel4.Samples.Kv.Protocol;

namespace Rel4.Samples.Kv.Gateway;

/// <summary>Holds Redis' words for errors that several commands have.</summary>
internal static class Errors
{
    public const string Syntax = "ERR syntax error";

    public const string TooManyClients = "ERR max number of clients reached";

    public const string NotAnInteger = "ERR value is not an integer or out of range";

    /// <summary>A command whose fate is unknown. Clients know LOADING as a reason to try again a little later.</summary>
    public const string StoreRestarted =
        "LOADING the store was restarted and is empty; whether it carried out this command before is unknown";

    /// <summary>Describes why the store refused a request.</summary>
    public static string Describe(StoreError error) => error switch
    {
        StoreError.NotAnInteger => NotAnInteger,
        StoreError.Overflow => "ERR increment or decrement would overflow",
        StoreError.ReplyTooLarge => "ERR the reply would be larger than 112 MiB: ask for fewer keys at once",
        _ => "ERR the store does not understand the request",
    };
}
