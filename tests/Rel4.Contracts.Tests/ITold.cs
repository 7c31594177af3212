namespace Rel4.Contracts.Tests;

[Contract(Name = "Tests.Told")]
internal interface ITold
{
    ValueTask<string> TellAsync();
}
