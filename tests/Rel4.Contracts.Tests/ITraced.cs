namespace Rel4.Contracts.Tests;

[Contract(Name = "Tests.Traced")]
internal interface ITraced
{
    /// <summary>Tells the activity in which the method runs, and looks that it is the same once it has waited.</summary>
    ValueTask<string> TellAsync();

    /// <summary>Fails.</summary>
    ValueTask FailAsync();

    /// <summary>Tells the activity in which the stream is made.</summary>
    IAsyncEnumerable<string> StreamAsync();

    /// <summary>Makes a stream that fails behind its first item.</summary>
    IAsyncEnumerable<string> FailingStreamAsync();

    /// <summary>Tells what a callback tells.</summary>
    ValueTask<string> CallBackAsync(ITold told);

    /// <summary>Tells which activities have ended since the last time, and the current one outside of all calls.</summary>
    ValueTask<string> EndedAsync();
}
