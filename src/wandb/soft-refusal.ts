/** A GraphQL error at HTTP 200: the client shows or logs it, does not send the request again, and its program goes on. */
import { GraphQLError } from 'graphql';

export const softRefusal = (message: string) => new GraphQLError(message, { extensions: { soft: true } });
